package tokenizer

import (
	"bytes"
	"unicode/utf8"
)

// lowercase maps each character to its lower case, whatever stands around it.
type lowercase struct{ u *unicodeTables }

func (n lowercase) normalize(dst *text, src text) error {
	w := writer{dst: dst, src: src}
	for w.i < len(src.b) {
		if c := src.b[w.i]; c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				w.put(rune(c)+'a'-'A', 0)
			} else {
				w.copy(1)
			}
			continue
		}
		r, size := utf8.DecodeRune(src.b[w.i:])
		if n.u.props(r)&propLower == 0 {
			w.copy(size)
			continue
		}
		for j, c := range n.u.lower[r] {
			w.put(c, min(j, 1))
		}
	}
	return nil
}

// without drops the characters that have a property.
type without struct {
	u    *unicodeTables
	drop property
}

func (n without) normalize(dst *text, src text) error {
	w := writer{dst: dst, src: src}
	for w.i < len(src.b) {
		r, size := utf8.DecodeRune(src.b[w.i:])
		if n.u.props(r)&n.drop != 0 {
			w.drop(size)
		} else {
			w.copy(size)
		}
	}
	return nil
}

// strip drops white space at the ends.
type strip struct {
	u           *unicodeTables
	left, right bool
}

func (n strip) normalize(dst *text, src text) error {
	lo, hi := 0, len(src.b)
	if n.left {
		lo = leadingSpace(src.b, n.u)
	}
	if n.right {
		hi = max(lo, trimSpaceEnd(src.b, n.u))
	}
	dst.appendText(src.slice(lo, hi))
	return nil
}

// prepend puts text before the first character, if there is one.
type prepend struct{ with string }

func (n prepend) normalize(dst *text, src text) error {
	if len(src.b) > 0 {
		prependTo(dst, n.with, src.span(0, 1), len(src.at) > 0)
		dst.appendText(src)
	}
	return nil
}

func prependTo(dst *text, s string, at span, track bool) {
	for _, r := range s {
		dst.appendRune(r, at, track)
	}
}

// nmt is the character cleaning of Google's machine translation: control characters go, several
// blanks and marks become spaces.
type nmt struct{}

func (nmt) normalize(dst *text, src text) error {
	w := writer{dst: dst, src: src}
	for w.i < len(src.b) {
		r, size := utf8.DecodeRune(src.b[w.i:])
		switch {
		case r >= 1 && r <= 8, r == 0xB, r >= 0xE && r <= 0x1F, r == 0x7F, r == 0x8F, r == 0x9F:
			w.drop(size)
		case r == '\t', r == '\n', r == '\f', r == '\r', r == 0x1680, r >= 0x200B && r <= 0x200F,
			r == 0x2028, r == 0x2029, r == 0x2581, r == 0xFEFF, r == 0xFFFD:
			w.put(' ', 0)
		default:
			w.copy(size)
		}
	}
	return nil
}

// replace puts content in the place of each match.
type replace struct {
	find    matcher
	content string
}

func (n replace) normalize(dst *text, src text) error {
	done := 0
	err := n.find.each(src.b, func(lo, hi int) {
		dst.appendText(src.slice(done, lo))
		prependTo(dst, n.content, src.span(hi-1, hi), len(src.at) > 0)
		done = hi
	})
	dst.appendText(src.slice(done, len(src.b)))
	return err
}

// matcher finds the parts of a text that a pattern matches, from the left, without overlap.
type matcher interface {
	each(b []byte, yield func(lo, hi int)) error
}

// literal matches one string, which is not empty.
type literal string

func (l literal) each(b []byte, yield func(lo, hi int)) error {
	pattern := []byte(l)
	for at := 0; ; {
		i := bytes.Index(b[at:], pattern)
		if i < 0 {
			return nil
		}
		yield(at+i, at+i+len(pattern))
		at += i + len(pattern)
	}
}
