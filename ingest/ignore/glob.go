package ignore

import "strings"

// A glob is a pattern made ready for matching, as git's wildmatch reads it with slashes that only ** crosses. It goes by bytes:
// ? is one byte, not one letter.
type glob []token

type kind byte

const (
	literal  kind = iota // one byte
	oneOf                // a byte of a class; ? too
	star                 // any bytes but slashes
	deep                 // any bytes
	deepOver             // deep before a slash, which nothing at all may stand for as well: **/a is also a
)

type token struct {
	kind  kind
	byte  byte
	class *class
}

// compile returns false for a pattern that can never match: an unclosed or unknown class, a backslash at the end.
func compile(p string, fold bool) (glob, bool) {
	var g glob
	for i := 0; i < len(p); {
		t, next := token{kind: literal, byte: p[i]}, i+1
		switch p[i] {
		case '\\':
			if next == len(p) {
				return nil, false
			}
			t.byte, next = p[next], next+1
		case '?':
			t = token{kind: oneOf, class: &notSlash}
		case '[':
			c, end, ok := parseClass(p, next, fold)
			if !ok {
				return nil, false
			}
			t, next = token{kind: oneOf, class: c}, end
		case '*':
			next = i + len(p[i:]) - len(strings.TrimLeft(p[i:], "*"))
			t = token{kind: stars(p, i, next)}
		default:
			t.byte = lower(p[i], fold)
		}
		g, i = append(g, t), next
	}
	return g, true
}

// stars tells what the run of stars p[from:to] is: more than one are more than one only between slashes.
func stars(p string, from, to int) kind {
	rest := p[to:]
	switch {
	case to-from == 1, from > 0 && p[from-1] != '/':
		return star
	case strings.HasPrefix(rest, "/"):
		return deepOver
	case rest == "", strings.HasPrefix(rest, `\/`):
		return deep
	}
	return star
}

// match holds the whole of text against the pattern. It follows all ways to match at once, so that it takes the length of the
// pattern times that of the text at most, whatever stars there are.
func (g glob) match(text string, fold bool) bool {
	if n := len(g); n > 0 && g[n-1].kind == literal && g[n-1].byte != '/' && (text == "" || lower(text[len(text)-1], fold) != g[n-1].byte) {
		return false
	}
	now, next := make(ways, len(g)+1), make(ways, len(g)+1)
	now.arrive(g, 0)
	for i := range len(text) {
		c := lower(text[i], fold)
		clear(next)
		for at, here := range now[:len(g)] {
			if here {
				next.step(g, at, c)
			}
		}
		now, next = next, now
	}
	return now[len(g)]
}

// ways tells which tokens a text may stand before.
type ways []bool

// step takes one byte of the text at token at.
func (w ways) step(g glob, at int, c byte) {
	switch t := g[at]; {
	case t.kind == literal && t.byte == c, t.kind == oneOf && t.class.has(c):
		w.arrive(g, at+1)
	case t.kind == star && c != '/', t.kind == deep, t.kind == deepOver:
		w[at] = true
		w.arrive(g, at+1)
	}
}

// arrive stands before token at, and behind it where nothing may stand for it.
func (w ways) arrive(g glob, at int) {
	w[at] = true
	if at == len(g) || g[at].kind == literal || g[at].kind == oneOf {
		return
	}
	w.arrive(g, at+1)
	if g[at].kind == deepOver {
		w.arrive(g, at+2)
	}
}

// lower is c in lower case where case does not count. Only ASCII has case for git.
func lower(c byte, fold bool) byte {
	if fold && 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
