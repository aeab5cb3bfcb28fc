package stdio

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxPrefix is how much of a line that is too long is kept, to find the id of the call in it.
const maxPrefix = 4 << 10

// A frame is one line without its ending, or the start of a line that was too long, or the error that ended the input.
type frame struct {
	line    []byte
	tooLong bool
	err     error // io.EOF or what the reader returned; line is empty then
}

// A lineReader reads lines. It holds at most max bytes of one.
type lineReader struct {
	r   *bufio.Reader
	max int
	err error // what ended the input, once it has
}

func newLineReader(r io.Reader, max int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), max: max}
}

// next returns the next line that is not blank. A last line without a newline counts.
func (l *lineReader) next() frame {
	for l.err == nil {
		f := l.readLine()
		if len(bytes.TrimSpace(f.line)) > 0 {
			return f
		}
	}
	return frame{err: l.err}
}

// readLine reads up to the next newline or the end of the input; l.err is set then.
func (l *lineReader) readLine() (f frame) {
	for {
		part, err := l.r.ReadSlice('\n')
		f.add(bytes.TrimSuffix(part, []byte{'\n'}), l.max)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		l.err = err
		return f
	}
}

// add appends a part of the line, or drops it once the line is longer than max.
func (f *frame) add(part []byte, max int) {
	if !f.tooLong && len(f.line)+len(part) > max {
		f.tooLong = true
		f.line = append(f.line, part...)
		f.line = bytes.Clone(f.line[:min(maxPrefix, len(f.line))])
	}
	if !f.tooLong {
		f.line = append(f.line, part...)
	}
}
