package inline

import "bytes"

// maxNesting is how deep parentheses may lie within one another in a destination. The specification wants at least three; 32 is
// what its reference implementation allows, and bounds how often a byte is looked at.
const maxNesting = 32

// A reader reads the parts of links and definitions. Its methods leave pos where it was when they find nothing.
type reader struct {
	text []byte
	pos  int
	work int // bytes looked at, for tests

	from, to int // where the destination or the value that was read last stands
}

// peek is the byte at pos, or 0 at the end.
func (r *reader) peek() byte {
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

// space skips white space and returns how much.
func (r *reader) space() int {
	from := r.pos
	for r.pos < len(r.text) && isSpace(r.text[r.pos]) {
		r.pos++
	}
	r.work += r.pos - from + 1
	return r.pos - from
}

// blanks skips spaces and tabs.
func (r *reader) blanks() {
	for r.pos < len(r.text) && isBlank(r.text[r.pos]) {
		r.pos++
	}
}

// destination reads <…> or a run without spaces whose parentheses match. The result is as written, without the brackets.
func (r *reader) destination() (raw []byte, ok bool) {
	if r.peek() == '<' {
		return r.angled()
	}
	depth, i := 0, r.pos
loop:
	for ; i < len(r.text); i++ {
		r.work++
		switch c := r.text[i]; {
		case c == '\\' && i+1 < len(r.text) && isPunctuation(r.text[i+1]):
			i++
		case c == '(':
			if depth++; depth > maxNesting {
				return nil, false
			}
		case c == ')':
			if depth--; depth < 0 {
				break loop
			}
		case c <= ' ' || c == 0x7F:
			break loop
		}
	}
	if depth > 0 || i == r.pos {
		return nil, false
	}
	raw, r.from, r.to, r.pos = r.text[r.pos:i], r.pos, i, i
	return raw, true
}

// angled reads a destination in angle brackets, which may hold spaces and be empty.
func (r *reader) angled() (raw []byte, ok bool) {
	for i := r.pos + 1; i < len(r.text); i++ {
		r.work++
		switch r.text[i] {
		case '\\':
			i++
		case '<', '\n', '\r':
			return nil, false
		case '>':
			raw, r.from, r.to, r.pos = r.text[r.pos+1:i], r.pos+1, i, i+1
			return raw, true
		}
	}
	return nil, false
}

// title reads "…", '…' or (…) and returns what stands between the marks, as written. It may hold line ends.
func (r *reader) title() (raw []byte, ok bool) {
	closer := r.peek()
	switch closer {
	case '"', '\'':
	case '(':
		closer = ')'
	default:
		return nil, false
	}
	for i := r.pos + 1; i < len(r.text); i++ {
		r.work++
		switch c := r.text[i]; c {
		case '\\':
			i++
		case closer:
			raw, r.pos = r.text[r.pos+1:i], i+1
			return raw, true
		case '(':
			if closer == ')' {
				return nil, false
			}
		}
	}
	return nil, false
}

// label reads [label] and returns what stands between the brackets.
func (r *reader) label() (label []byte, ok bool) {
	label, n := labelAt(r.text[r.pos:])
	r.pos += n
	r.work += n
	return label, len(bytes.TrimSpace(label)) > 0
}

// labelAt is the label that text begins with, and its length with the brackets; n is 0 where there is none.
func labelAt(text []byte) (label []byte, n int) {
	if len(text) < 2 || text[0] != '[' {
		return nil, 0
	}
	for i := 1; i < min(len(text), maxLabel+2); i++ {
		switch text[i] {
		case '\\':
			i++
		case '[':
			return nil, 0
		case ']':
			return text[1:i], i + 1
		}
	}
	return nil, 0
}
