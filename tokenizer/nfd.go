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
	at    span
}

// markWriter appends characters and puts combining marks into canonical order.
type markWriter struct {
	dst   *text
	u     *unicodeTables
	track bool
	sort  bool // off: characters stay where they are
	held  []mark
}

func (w *markWriter) put(r rune, at span) {
	if w.sort && r >= 0x300 && w.u.props(r)&propClass != 0 {
		w.held = append(w.held, mark{r, w.u.class[r], at})
		return
	}
	w.flush()
	w.dst.appendRune(r, at, w.track)
}

func (w *markWriter) flush() {
	if len(w.held) == 0 {
		return
	}
	slices.SortStableFunc(w.held, func(a, b mark) int { return cmp.Compare(a.class, b.class) })
	for _, m := range w.held {
		w.dst.appendRune(m.r, m.at, w.track)
	}
	w.held = w.held[:0]
}
