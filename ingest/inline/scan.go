package inline

import "bytes"

// A scanner reads one block from its start to its end.
type scanner struct {
	text []byte
	defs Definitions
	out  []Token
	work int // bytes looked at, for tests

	delimiters    []delimiter
	lastDelimiter int // the last that is still open, or none
	brackets      []bracket
	inactive      int // how many brackets from the first are within reach of a link that closed: no link may begin there

	tagEnd  int // where the last tag of HTML ended, but for links
	code    code
	missing map[string]bool // ends that no longer follow

	named [2]int // where the destination that was read last stands; 0 where that is in a definition
}

// none is no delimiter.
const none = -1

func (s *scanner) emit(kind Kind, start, end int, text string) {
	s.out = append(s.out, Token{Kind: kind, Start: start, End: end, Text: text})
}

// emitNamed is emit for what names something by the bytes between from and to.
func (s *scanner) emitNamed(kind Kind, start, end int, text string, from, to int) {
	s.out = append(s.out, Token{Kind: kind, Start: start, End: end, Text: text, From: from, To: to})
}

// hide takes bytes out of what a reader sees.
func (s *scanner) hide(start, end int) {
	if start < end {
		s.emit(Markup, start, end, "")
	}
}

// special are the bytes at which something else than text may begin.
var special = func() (set [256]bool) {
	for _, c := range []byte("\\`<&[]!*_~#$%-hwf") {
		set[c] = true
	}
	return set
}()

// step handles what stands at i and returns where to go on, always further.
func (s *scanner) step(i int) int {
	s.work++
	switch c := s.text[i]; c {
	case '\\':
		return s.escape(i)
	case '`':
		return s.codeSpan(i)
	case '<':
		return s.angle(i)
	case '&':
		return s.entity(i)
	case '[', ']', '!':
		return s.square(i)
	case '*', '_', '~':
		return s.delimiterRun(i)
	case '#':
		return s.tag(i)
	case '-':
		return s.example(i)
	case '$', '%':
		return s.pair(i)
	case 'h', 'w', 'f':
		return s.bareLink(i)
	}
	return s.plain(i + 1)
}

// plain skips text.
func (s *scanner) plain(i int) int {
	for i < len(s.text) && !special[s.text[i]] {
		i++
	}
	return i
}

// escape reads a backslash. It hides itself before punctuation and, as a hard break, at the end of a line.
func (s *scanner) escape(i int) int {
	switch {
	case i+1 == len(s.text):
	case isPunctuation(s.text[i+1]):
		s.hide(i, i+1)
		return i + 2
	case s.text[i+1] == '\n' || bytes.HasPrefix(s.text[i+1:], []byte("\r\n")):
		s.hide(i, i+1)
	}
	return i + 1
}

// until is where the next end stands from i on, or -1. Looking for one that is not there is not repeated.
func (s *scanner) until(i int, end string) int {
	if s.missing[end] || i > len(s.text) {
		return -1
	}
	n := bytes.Index(s.text[i:], []byte(end))
	if n < 0 {
		s.work += len(s.text) - i
		if s.missing == nil {
			s.missing = make(map[string]bool)
		}
		s.missing[end] = true
		return -1
	}
	s.work += n
	return i + n
}

// isPunctuation tells whether c is ASCII punctuation.
func isPunctuation(c byte) bool {
	return '!' <= c && c <= '/' || ':' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// isSpace tells whether c is a space, a tab or the end of a line.
func isSpace(c byte) bool { return isBlank(c) || c == '\n' || c == '\r' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlphanumeric(c byte) bool { return isLetter(c) || isDigit(c) }
