package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/store/text"
)

// maxSnippet bounds a snippet, in runes, the dots of a cut included.
const maxSnippet = 240

// marks are the terms of a question that a snippet should show.
type marks map[string]bool

func newMarks(q question) marks {
	m := marks{}
	for _, t := range text.QueryTerms(q.plain()) {
		m[stem(strings.TrimSuffix(t, text.AnyEnd))] = true
	}
	for _, t := range spelledTerms(q.plain()) {
		m[stem(t)] = true
	}
	return m
}

// spelledTerms are the terms of other spellings of a text.
func spelledTerms(s string) []string {
	var terms []string
	for _, expr := range text.Spellings(s) {
		if e, err := text.Parse(expr); err == nil {
			terms = append(terms, e.Terms()...)
		}
	}
	return terms
}

// stem cuts the ending off a longer word, so that "tables" shows for "table".
func stem(term string) string {
	if n := len(term); n > 5 && term[n-1] < utf8.RuneSelf {
		for _, ending := range []string{"ing", "ed", "es", "s", "e"} {
			if s, ok := strings.CutSuffix(term, ending); ok {
				return s
			}
		}
	}
	return term
}

// snippet is the part of a text, on one line and without control characters, that shows the most different marks.
func (m marks) snippet(text string) string {
	pieces := cutPieces(text)
	first, last := m.window(pieces)
	var b strings.Builder
	if first > 0 {
		b.WriteString("… ")
	}
	for i, p := range pieces[first:last] {
		if i > 0 && p.spaced {
			b.WriteByte(' ')
		}
		b.WriteString(p.text)
	}
	if last < len(pieces) {
		b.WriteString(" …")
	}
	return b.String()
}

// piece is a word, or a part of a long one, as a snippet shows it.
type piece struct {
	text   string
	spaced bool // a space stands before it
	runes  int  // with that space
}

// maxPiece is where text without spaces may be cut, in runes.
const maxPiece = 16

func cutPieces(text string) []piece {
	var pieces []piece
	for _, field := range strings.Fields(text) {
		field = strings.Map(printable, field)
		for spaced := true; field != ""; spaced = false {
			n := prefixLen(field, maxPiece)
			p := piece{text: field[:n], spaced: spaced, runes: utf8.RuneCountInString(field[:n])}
			if spaced {
				p.runes++
			}
			pieces = append(pieces, p)
			field = field[n:]
		}
	}
	return pieces
}

// printable drops control and format characters, but for the joiners that emoji and Persian need.
func printable(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
		return -1
	}
	return r
}

// prefixLen is the length in bytes of the first n runes.
func prefixLen(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// window returns the pieces in a row that fits and shows the most different marks, then the most marks, then the earliest.
func (m marks) window(pieces []piece) (first, last int) {
	const room = maxSnippet - 4 // for the dots at both ends
	shown := map[string]int{}
	marked := make([][]string, len(pieces))
	for i, p := range pieces {
		marked[i] = m.in(p.text)
	}
	var bestFirst, bestLast, bestKinds, bestCount, size, count int
	bestKinds = -1
	for last < len(pieces) {
		size += pieces[last].runes
		for _, t := range marked[last] {
			shown[t]++
			count++
		}
		last++
		for size > room {
			size -= pieces[first].runes
			for _, t := range marked[first] {
				if shown[t]--; shown[t] == 0 {
					delete(shown, t)
				}
				count--
			}
			first++
		}
		if len(shown) > bestKinds || len(shown) == bestKinds && count > bestCount || bestFirst == first {
			bestFirst, bestLast, bestKinds, bestCount = first, last, len(shown), count
		}
	}
	return bestFirst, bestLast
}

// in returns the marks that a piece of text shows.
func (m marks) in(piece string) []string {
	var out []string
	terms := text.Terms(piece)
	if strings.ContainsAny(piece, "0123456789") {
		terms = append(terms, spelledTerms(piece)...) // a longer hash than the one asked for
	}
	for _, t := range terms {
		if s := stem(t); m[s] {
			out = append(out, s)
		}
	}
	return out
}
