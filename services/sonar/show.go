package sonar

import (
	"errors"
	"fmt"
	"io"

	"amalfa/services"
)

// cite lists the passages that the answer refers to, and what it had to do without.
func (t *talk) cite(a Answer) {
	for _, s := range a.Sources {
		if s.Cited {
			fmt.Fprintf(t.out, "  [%d] %s:%d-%d\n", s.Ref, visible(s.ID), s.Lines[0], s.Lines[1])
		}
	}
	for _, d := range a.Degraded {
		fmt.Fprintf(t.out, "  note: %s\n", visible(d))
	}
}

func (t *talk) complain(err error) {
	fmt.Fprintf(t.out, "sonar: %s\n", visible(err.Error()))
	if e, ok := errors.AsType[*services.Error](err); ok && e.Hint != "" {
		fmt.Fprintf(t.out, "hint: %s\n", visible(e.Hint))
	}
}

// A stream shows one answer as it comes. write is called by one goroutine, the others before and after it.
type stream struct {
	out      io.Writer
	terminal bool
	thinking bool
	begun    bool
}

func (s *stream) think() {
	if s.terminal {
		fmt.Fprint(s.out, "Thinking …")
		s.thinking = true
	}
}

const eraseLine = "\r\x1b[K"

func (s *stream) write(delta string) error {
	s.settle()
	s.begun = true
	_, err := io.WriteString(s.out, visible(delta))
	return err
}

func (s *stream) settle() {
	if s.thinking {
		fmt.Fprint(s.out, eraseLine)
		s.thinking = false
	}
}

func (s *stream) end() {
	s.settle()
	if s.begun {
		fmt.Fprintln(s.out)
	}
}
