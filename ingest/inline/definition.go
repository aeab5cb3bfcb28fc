package inline

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
)

// maxLabel bounds the label of a link, in characters (the specification's number), and in bytes what is looked at for one.
const maxLabel = 999

// A Definition is where a label leads. Both texts are decoded.
type Definition struct{ Destination, Title string }

// Definitions are the link reference definitions of a note, by the normal form of their labels.
type Definitions map[string]Definition

// Add reads the definitions that a paragraph begins with and returns the length of the lines they take up. Of two with one
// label the first counts.
func (d Definitions) Add(paragraph []byte) (length int) {
	r := reader{text: paragraph}
	return d.add(&r)
}

// Destinations returns a token for the destination of each definition that a paragraph begins with, also of those that do not count.
func Destinations(paragraph []byte) (out []Token) {
	for r := (reader{text: paragraph}); r.pos < len(r.text); {
		start := r.pos
		_, to, ok := r.definition()
		if !ok {
			break
		}
		out = append(out, Token{Kind: Link, Start: start, End: r.pos, Text: to.Destination, From: r.from, To: r.to})
	}
	return out
}

func (d Definitions) add(r *reader) (length int) {
	for r.pos < len(r.text) {
		length = r.pos
		label, to, ok := r.definition()
		if !ok {
			return length
		}
		if key, ok := normalLabel(label); ok {
			if _, known := d[key]; !known {
				d[key] = to
			}
		}
	}
	return r.pos
}

// definition reads [label]: destination "title" and the end of its line. Where a title would make the line wrong, and stands
// on a line of its own, it is not part of the definition.
func (r *reader) definition() (label []byte, to Definition, ok bool) {
	r.space()
	label, ok = r.label()
	if !ok || label[0] == '^' || r.peek() != ':' { // [^1]: is a footnote
		return nil, to, false
	}
	r.pos++
	r.space()
	raw, ok := r.destination()
	if !ok {
		return nil, to, false
	}
	to.Destination = unescape(raw)
	behind := r.pos
	if r.space() > 0 {
		if title, found := r.title(); found && r.endOfLine() {
			to.Title = unescape(title)
			return label, to, true
		}
	}
	r.pos = behind
	return label, to, r.endOfLine()
}

// endOfLine reads the rest of a line if it is blank.
func (r *reader) endOfLine() bool {
	r.blanks()
	if r.peek() == '\r' {
		r.pos++
	}
	if r.pos < len(r.text) && r.text[r.pos] != '\n' {
		return false
	}
	r.pos = min(r.pos+1, len(r.text))
	return true
}

func (d Definitions) lookup(label []byte) (to Definition, ok bool) {
	if len(d) == 0 {
		return to, false
	}
	key, ok := normalLabel(label)
	if !ok {
		return to, false
	}
	to, ok = d[key]
	return to, ok
}

// normalLabel is the form in which two labels match: white space joined, case folded by Unicode. ok is false for a text that is
// too long or too empty to be one.
func normalLabel(label []byte) (key string, ok bool) {
	if len(label) > utf8.UTFMax*maxLabel || utf8.RuneCount(label) > maxLabel || label == nil {
		return "", false
	}
	words := bytes.FieldsFunc(label, func(r rune) bool { return r < utf8.RuneSelf && isSpace(byte(r)) })
	key = string(bytes.Join(words, []byte{' '}))
	if isASCII(key) {
		return strings.ToLower(key), key != ""
	}
	return cases.Fold().String(key), true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
