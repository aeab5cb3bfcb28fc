package tokenizer

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// runeSet is a set of code points while a pattern is read: first and last ones, in order, apart.
type runeSet [][2]rune

// newRuneSet reads pairs of first and last code points.
func newRuneSet(pairs ...rune) runeSet {
	var s runeSet
	for i := 0; i < len(pairs); i += 2 {
		s = append(s, [2]rune{pairs[i], pairs[i+1]})
	}
	return s.tidy()
}

// tidy sorts the ranges and joins those that touch.
func (s runeSet) tidy() runeSet {
	slices.SortFunc(s, func(a, b [2]rune) int { return cmp.Compare(a[0], b[0]) })
	out := s[:0]
	for _, r := range s {
		if n := len(out); n > 0 && r[0] <= out[n-1][1]+1 {
			out[n-1][1] = max(out[n-1][1], r[1])
		} else {
			out = append(out, r)
		}
	}
	return out
}

func (s runeSet) union(t runeSet) runeSet { return slices.Concat(s, t).tidy() }

// complement returns all code points that are not in s.
func (s runeSet) complement() runeSet {
	var out runeSet
	next := rune(0)
	for _, r := range s {
		if r[0] > next {
			out = append(out, [2]rune{next, r[0] - 1})
		}
		next = r[1] + 1
	}
	if next <= utf8.MaxRune {
		out = append(out, [2]rune{next, utf8.MaxRune})
	}
	return out
}

func (s runeSet) has(c rune) bool {
	return slices.ContainsFunc(s, func(r [2]rune) bool { return r[0] <= c && c <= r[1] })
}

// single returns the one code point of s.
func (s runeSet) single() (rune, bool) {
	if len(s) == 1 && s[0][0] == s[0][1] {
		return s[0][0], true
	}
	return 0, false
}

// ascii reports whether s holds nothing beyond ASCII.
func (s runeSet) ascii() bool { return len(s) == 0 || s[len(s)-1][1] < utf8.RuneSelf }

// bitSet is a runeSet for fast look-ups: a bit for each code point, in pages of 256 that are
// stored once however often they occur.
type bitSet struct {
	index [(utf8.MaxRune + 1) / pageSize]uint16
	pages []page
}

const pageSize = 256

type page [pageSize / 64]uint64

func (s runeSet) compile() *bitSet {
	b := &bitSet{}
	seen := make(map[page]uint16)
	i, at := 0, uint16(0)
	for n := range b.index {
		first, last := rune(n*pageSize), rune(n*pageSize+pageSize-1)
		var p page
		for ; i < len(s) && s[i][0] <= last; i++ {
			p.fill(max(s[i][0], first)-first, min(s[i][1], last)-first)
			if s[i][1] > last {
				break // goes on in the next page
			}
		}
		if n == 0 || p != b.pages[at] {
			var ok bool
			if at, ok = seen[p]; !ok {
				at = uint16(len(b.pages))
				b.pages = append(b.pages, p)
				seen[p] = at
			}
		}
		b.index[n] = at
	}
	return b
}

func (p *page) fill(lo, hi rune) {
	for r := lo; r <= hi; r++ {
		p[r>>6] |= 1 << (r & 63)
	}
}

func (b *bitSet) has(r rune) bool {
	return b.pages[b.index[r>>8]][r>>6&3]>>(r&63)&1 != 0
}

// next returns the length of the character at the start of s if it is in b, else 0.
func (b *bitSet) next(s []byte) int {
	if len(s) == 0 {
		return 0
	}
	r, n := rune(s[0]), 1
	if r >= utf8.RuneSelf {
		r, n = utf8.DecodeRune(s)
	}
	if !b.has(r) {
		return 0
	}
	return n
}
