package sonar

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"amalfa/tasks/prompts"
)

// printAnswer writes the whole answer as a line of JSON, or else what follows the streamed text: the passages that it refers
// to, and what it had to do without.
func (c *conversation) printAnswer(a Answer) error {
	if c.o.JSON {
		return json.NewEncoder(c.out).Encode(a)
	}
	for _, s := range a.Sources {
		if s.Cited {
			fmt.Fprintf(c.out, "  [%d] %s:%d-%d\n", s.Ref, prompts.Visible(s.ID), s.Lines[0], s.Lines[1])
		}
	}
	for _, d := range a.Degraded {
		fmt.Fprintf(c.out, "  note: %s\n", prompts.Visible(d))
	}
	return nil
}

// An answerPrinter shows one answer as it comes. write is called by one goroutine, the others before and after it.
type answerPrinter struct {
	out      io.Writer
	terminal bool
	thinking bool
	started  bool
}

func (p *answerPrinter) showThinking() {
	if p.terminal {
		fmt.Fprint(p.out, "Thinking …")
		p.thinking = true
	}
}

const eraseLine = "\r\x1b[K"

func (p *answerPrinter) write(delta string) error {
	p.clearThinking()
	p.started = true
	_, err := io.WriteString(p.out, prompts.Visible(delta))
	return err
}

func (p *answerPrinter) clearThinking() {
	if p.thinking {
		fmt.Fprint(p.out, eraseLine)
		p.thinking = false
	}
}

func (p *answerPrinter) end() {
	p.clearThinking()
	if p.started {
		fmt.Fprintln(p.out)
	}
}

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
