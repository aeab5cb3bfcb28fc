package ingest

import (
	"bytes"

	"github.com/yuin/goldmark/util"

	"amalfa/notes"
)

// closeBracket matches the "]" at i with its "[" and reads what follows it.
func (s *inline) closeBracket(i int) int {
	if len(s.open) == 0 {
		return i + 1
	}
	from := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	if tag, ok := bytes.CutPrefix(s.text[from+1:i], []byte(notes.TagPrefix)); ok && len(tag) <= notes.MaxTag+1 {
		s.tag(string(tag), from)
		return i + 1
	}
	image := from > 0 && s.text[from-1] == '!'
	destination, end, ok := s.destination(from, i)
	if ok && !image {
		s.out = append(s.out, reference{kind: linksTo, target: destination, path: true, pos: from})
	}
	return end
}

// destination finds where the link whose text is [from+1:to] leads: (destination), [label] or its own text as a label.
func (s *inline) destination(from, to int) (string, int, bool) {
	next := byte(0)
	if to+1 < len(s.text) {
		next = s.text[to+1]
	}
	if next == '(' {
		if d, end, ok := inlineDestination(s.text, to+2); ok {
			return d, end, true
		}
	}
	label, end := s.text[from+1:to], to+1
	if next == '[' {
		window := s.text[to+2 : min(len(s.text), to+2+maxTitleLength)]
		if n := bytes.IndexAny(window, "[]"); n >= 0 && window[n] == ']' {
			if n > 0 {
				label = window[:n]
			}
			end = to + n + 3
		}
	}
	if len(label) == 0 || len(label) >= maxTitleLength || label[0] == '^' || bytes.IndexByte(label, '[') >= 0 { // ^: a footnote
		return "", to + 1, false
	}
	if d, ok := s.define(string(label)); ok {
		return d, end, true
	}
	return "", to + 1, false
}

// inlineDestination reads a destination, an optional title and the ")", from just behind the "(".
func inlineDestination(text []byte, i int) (string, int, bool) {
	i = skipSpace(text, i)
	var raw []byte
	if i < len(text) && text[i] == '<' {
		window := text[i+1 : min(len(text), i+1+maxDestination)]
		n := bytes.IndexAny(window, "<>\n")
		if n < 0 || window[n] != '>' {
			return "", 0, false
		}
		raw, i = window[:n], i+n+2
	} else {
		n, ok := bareDestination(text[i:min(len(text), i+maxDestination)])
		if !ok {
			return "", 0, false
		}
		raw, i = text[i:i+n], i+n
	}
	i = skipSpace(text, i)
	if i < len(text) && text[i] != ')' {
		closer := map[byte]byte{'"': '"', '\'': '\'', '(': ')'}[text[i]]
		n := bytes.IndexByte(text[i+1:min(len(text), i+maxTitleLength)], closer)
		if closer == 0 || n < 0 {
			return "", 0, false
		}
		i = skipSpace(text, i+n+2)
	}
	if i >= len(text) || text[i] != ')' {
		return "", 0, false
	}
	return string(util.UnescapePunctuations(raw)), i + 1, true
}

// bareDestination is the length of a destination without spaces, with balanced parentheses.
func bareDestination(window []byte) (int, bool) {
	depth := 0
	for i := 0; i < len(window); i++ {
		switch c := window[i]; {
		case c == '\\':
			i++
		case c == '(':
			if depth++; depth > maxNesting {
				return 0, false
			}
		case c == ')':
			if depth--; depth < 0 {
				return i, true
			}
		case c <= ' ':
			return i, depth == 0
		}
	}
	return 0, false
}

func skipSpace(text []byte, i int) int {
	return len(text) - len(bytes.TrimLeft(text[min(i, len(text)):], " \t\r\n"))
}
