package llm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// A lineReader cuts a stream into lines that end in LF, CR or CRLF, none longer than a limit.
type lineReader struct {
	sc         *bufio.Scanner
	limit      int
	onLine     func() // called after each complete line
	unfinished bool   // the line just returned had no end: the stream stopped inside it
	skipLF     bool   // the line before ended in CR, so an LF that follows belongs to it
}

var errLineTooLong = errors.New("a line is too long")

func newLineReader(r io.Reader, limit int, onLine func()) *lineReader {
	l := &lineReader{sc: bufio.NewScanner(r), limit: limit, onLine: onLine}
	l.sc.Buffer(make([]byte, 0, min(limit+1, 4096)), limit+1)
	l.sc.Split(l.split)
	return l
}

// split ends a line at a CR at once, without waiting for the byte after it: a server may send that byte much later.
func (l *lineReader) split(data []byte, atEOF bool) (int, []byte, error) {
	drop := 0
	if l.skipLF && len(data) > 0 {
		l.skipLF = false
		if data[0] == '\n' {
			drop = 1
		}
	}
	rest := data[drop:]
	if i := bytes.IndexAny(rest, "\r\n"); i >= 0 {
		l.skipLF = rest[i] == '\r'
		return drop + i + 1, rest[:i:i], nil
	}
	if atEOF && len(rest) > 0 {
		l.unfinished = true
		return len(data), rest, nil
	}
	return drop, nil, nil
}

// next returns the next line without its end. The bytes are valid until the next call. It returns io.EOF at the end
// of the stream, errLineTooLong, or the reader's error.
func (l *lineReader) next() ([]byte, error) {
	if !l.sc.Scan() || l.unfinished && l.sc.Err() != nil { // the scanner hands out a last piece even when reading broke off
		switch err := l.sc.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			return nil, errLineTooLong
		case err != nil:
			return nil, err
		}
		return nil, io.EOF
	}
	if !l.unfinished {
		l.onLine()
	}
	return l.sc.Bytes(), nil
}

// An EventReader reads the data of server-sent events (the "event stream" of the HTML standard): comments and other
// fields are skipped, the data lines of one event joined by LF. An event whose empty line is missing at the end of the
// stream still counts when its last data line is whole or is the closing [DONE].
type EventReader struct {
	lines *lineReader
	data  []byte
	first bool
}

// NewEventReader reads events, none longer than limit bytes; onLine is called after each complete line.
func NewEventReader(r io.Reader, limit int, onLine func()) *EventReader {
	return &EventReader{lines: newLineReader(r, limit, onLine), first: true}
}

var (
	byteOrderMark = []byte("\uFEFF")
	doneMark      = []byte("[DONE]")
)

// Next returns the data of the next event, valid until the next call; io.EOF after the last whole one, and
// io.ErrUnexpectedEOF when the stream stopped inside an event.
func (e *EventReader) Next() ([]byte, error) {
	e.data = e.data[:0]
	pending := false
	for {
		line, err := e.lines.next()
		switch {
		case err == io.EOF && pending:
			return e.data, nil
		case err != nil:
			return nil, err
		}
		if e.first {
			line, e.first = bytes.TrimPrefix(line, byteOrderMark), false
		}
		if len(line) == 0 {
			if pending {
				return e.data, nil
			}
			continue
		}
		value, ok := dataField(line)
		if e.lines.unfinished && !(ok && bytes.Equal(bytes.TrimSpace(value), doneMark)) {
			return nil, io.ErrUnexpectedEOF
		}
		if ok && !e.add(value, &pending) {
			return nil, errLineTooLong
		}
	}
}

// add joins a data line to the event, which as a whole is held to the limit of one line.
func (e *EventReader) add(value []byte, pending *bool) bool {
	if *pending {
		e.data = append(e.data, '\n')
	}
	e.data, *pending = append(e.data, value...), true
	return len(e.data) <= e.lines.limit
}

// dataField returns the value of a data line, one space after the colon left out.
func dataField(line []byte) ([]byte, bool) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	if string(name) != "data" {
		return nil, false
	}
	return bytes.TrimPrefix(value, []byte(" ")), true
}
