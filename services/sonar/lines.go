package sonar

import (
	"bufio"
	"io"
)

type inputLine struct {
	text string
	err  error
}

// readLines reads in from a goroutine, one line ahead at most, until its end or until stop was called.
func readLines(in io.Reader) (lines <-chan inputLine, stop func()) {
	out, done := make(chan inputLine), make(chan struct{})
	go func() {
		sc := bufio.NewScanner(in)
		sc.Buffer(nil, maxQuestion+2)
		for {
			line := inputLine{err: io.EOF}
			if sc.Scan() {
				line = inputLine{text: sc.Text()}
			} else if sc.Err() != nil {
				line.err = sc.Err()
			}
			select {
			case out <- line:
			case <-done:
				return
			}
			if line.err != nil {
				return
			}
		}
	}()
	return out, func() { close(done) }
}
