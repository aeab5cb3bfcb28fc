package mcp

import (
	"strings"
	"unicode/utf8"

	"amalfa/notes"
)

// clean makes text of a note fit to be shown to an agent. It removes what a person does not see but a model reads: control
// characters, Unicode tags and other characters without a glyph, and controls of the writing direction. hidden reports that
// there was something of that kind, or an HTML comment, which stays in the text.
func clean(s string) (text string, hidden bool) {
	hidden = strings.Contains(s, "<!--")
	if isPlain(s) {
		return s, hidden
	}
	var b strings.Builder
	b.Grow(len(s))
	joiners := 0
	for i, r := range s {
		switch {
		case r == '\r' && (i+1 == len(s) || s[i+1] == '\n'):
		case r == '\ufeff' && i == 0: // a byte order mark
		case r == '\r' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f' || r == '\u0085':
			b.WriteByte(' ') // other line ends would shift the line numbers
		case notes.IsInvisible(r):
			hidden = true
		default:
			b.WriteRune(r) // an invalid byte becomes U+FFFD here
		}
		// Joiners belong to many scripts and to emoji, one at a time. In a row they carry a message.
		if r == '\u200c' || r == '\u200d' {
			joiners++
			hidden = hidden || joiners > 1
		} else {
			joiners = 0
		}
	}
	return b.String(), hidden
}

// isPlain reports text without anything for clean to do.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c == 0x7f || (c < ' ' && c != '\n' && c != '\t') {
			return false
		}
	}
	return true
}

// maxTitle bounds titles and headings, in bytes: they stand in lines of ours.
const maxTitle = 160

// cleanTitle is oneLine for titles and headings.
func cleanTitle(s string) string { return shorten(oneLine(s), maxTitle) }

// shorten cuts at a rune and marks the cut.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// oneLine is clean for what stands inside a line: titles, headings, ids.
func oneLine(s string) string {
	text, _ := clean(s)
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\t' }), " ")
}
