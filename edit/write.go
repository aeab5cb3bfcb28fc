package edit

import (
	"fmt"
	"regexp"
	"strings"

	"amalfa/ingest"
)

// escapedLetter is a percent-encoded byte of a letter that is not ASCII.
var escapedLetter = regexp.MustCompile(`%[89A-Fa-f][0-9A-Fa-f]`)

// entity is what Markdown and HTML take for a character reference.
var entity = regexp.MustCompile(`&#?\w+;`)

// addresses are the ways to write a name in a destination so that it is read as just that name: with as little escaped as can be, then
// with all.
func (s style) addresses(name string) []string {
	if s.bracketed {
		return []string{name}
	}
	must := "%#?\\<>`|\"'"
	if !s.spaces || s.form == ingest.Bare {
		must += " "
	}
	if entity.MatchString(name) {
		must += "&"
	}
	if !balanced(name) {
		must += "()"
	}
	little := percent(name, func(c byte) bool { return strings.IndexByte(must, c) >= 0 || c >= 0x80 && s.unicode })
	most := percent(name, func(c byte) bool { return !isUnreserved(c) })
	return []string{little, most}
}

// percent encodes the bytes that it is told, and control characters.
func percent(name string, encode func(byte) bool) string {
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; c < ' ' || c == 0x7f || encode(c) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// isUnreserved tells whether a byte means itself in any address, by RFC 3986, or parts its elements.
func isUnreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~/@", c) >= 0
}

func balanced(name string) bool {
	depth := 0
	for _, c := range name {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0
}
