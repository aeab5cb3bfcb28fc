package tokenizer

import (
	"cmp"
	"slices"
)

// Hangul syllables are composed and taken apart by arithmetic (Unicode 15, section 3.12).
const (
	syllables  = 0xAC00
	leads      = 0x1100
	vowels     = 0x1161
	tails      = 0x11A7 // one before the first tail: none at all
	vowelCount = 21
	tailCount  = 28
	lastSyl    = 0xD7A3
)

func isSyllable(r rune) bool { return r >= syllables && r <= lastSyl }

// jamo takes a Hangul syllable apart; the third is 0 when it has no tail.
func jamo(r rune) [3]rune {
	i := r - syllables
	parts := [3]rune{leads + i/(vowelCount*tailCount), vowels + i/tailCount%vowelCount}
	if tail := i % tailCount; tail != 0 {
		parts[2] = tails + tail
	}
	return parts
}

// mark is a combining mark held back until it is known which others stand beside it.
type mark struct {
	r     rune
	class uint8
	added bool // not the first character of a decomposition
	gone  bool // takes part in the sorting but is not written
	at    span
}

// markWriter appends characters and puts combining marks into canonical order.
type markWriter struct {
	dst   *text
	u     *unicodeTables
	track bool
	sort  bool // off: characters stay where they are
	last  span // origin of the last character that was not added
	held  []mark
}

func (w *markWriter) put(m mark) {
	if w.sort && m.r >= 0x300 && w.u.props(m.r)&propClass != 0 {
		m.class = w.u.class[m.r]
		w.held = append(w.held, m)
		return
	}
	w.flush()
	if !m.gone {
		w.dst.appendRune(m.r, m.at, w.track)
	}
	w.last = m.at
}

// flush writes the held marks. As in the Python library, origins stay in the order of the text:
// the first mark after sorting gets the first mark's.
func (w *markWriter) flush() {
	if len(w.held) == 0 {
		return
	}
	origins := make([]span, 0, 8)
	for _, m := range w.held {
		if !m.added {
			origins = append(origins, m.at)
		}
	}
	slices.SortStableFunc(w.held, func(a, b mark) int { return cmp.Compare(a.class, b.class) })
	for _, m := range w.held {
		if !m.added {
			w.last, origins = origins[0], origins[1:]
		}
		if !m.gone {
			w.dst.appendRune(m.r, w.last, w.track)
		}
	}
	w.held = w.held[:0]
}
