package mdx

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maxDepth is how deep brackets may stand within brackets.
const maxDepth = 100

// A script recognises JavaScript with JSX: whether a piece of text can be read as program, and where that ends. What stands in the
// bodies of functions and classes only has to have its brackets closed. After an attempt that fails pos is how far it has read.
type script struct {
	text   []byte
	pos    int
	end    int // nothing is read from here on
	quoted int // marks of quotations that each line begins with
	depth  int // of brackets
	module bool
}

// enter takes an opening bracket.
func (s *script) enter(bracket string) bool {
	s.depth++
	return s.depth <= maxDepth && s.take(bracket)
}

func (s *script) leave() bool {
	s.depth--
	return true
}

// close takes a closing bracket after white space.
func (s *script) close(bracket string) bool {
	s.space()
	return s.take(bracket) && s.leave()
}

// take takes a mark.
func (s *script) take(mark string) bool {
	if !s.looking(mark) {
		return false
	}
	s.pos += len(mark)
	return true
}

func (s *script) takeAfterSpace(mark string) bool {
	s.space()
	return s.take(mark)
}

func (s *script) looking(mark string) bool {
	return s.end-s.pos >= len(mark) && string(s.text[s.pos:s.pos+len(mark)]) == mark
}

// word takes a whole word.
func (s *script) word(w string) bool {
	at := s.pos
	if !s.take(w) {
		return false
	}
	if s.pos < s.end {
		if r, _ := utf8.DecodeRune(s.text[s.pos:s.end]); isName(r) {
			s.pos = at
			return false
		}
	}
	return true
}

func isName(r rune) bool {
	return r == '$' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r == '\u200c' || r == '\u200d'
}

// name takes a name, keywords too.
func (s *script) name() bool {
	from := s.pos
	for s.pos < s.end {
		r, n := utf8.DecodeRune(s.text[s.pos:s.end])
		if !isName(r) || s.pos == from && unicode.IsDigit(r) {
			break
		}
		s.pos += n
	}
	return s.pos > from
}

// space skips white space and comments, and the marks of quotations at the beginning of lines.
func (s *script) space() {
	for s.pos < s.end {
		switch c := s.text[s.pos]; {
		case c == '\n':
			s.pos = min(quotePrefix(s.text[:s.end], s.pos+1, s.quoted), s.end)
		case c == ' ', c == '\t', c == '\r', c == '\v', c == '\f':
			s.pos++
		case !s.comment():
			return
		}
	}
}

// comment takes one comment.
func (s *script) comment() bool {
	switch {
	case s.looking("//"):
		s.until("\n")
		return true
	case s.looking("/*"):
		s.until("*/")
		return s.take("*/")
	}
	return false
}

// until goes to the next mark, or to the end.
func (s *script) until(mark string) {
	if n := bytes.Index(s.text[s.pos:s.end], []byte(mark)); n >= 0 {
		s.pos += n
	} else {
		s.pos = s.end
	}
}
