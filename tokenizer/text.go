package tokenizer

import "unicode/utf8"

// span is a half-open range of bytes of the text the caller gave.
type span struct{ lo, hi int32 }

// text is UTF-8 with, when offsets are wanted, the span each byte came from.
// It is always valid UTF-8: newText replaces what is not.
type text struct {
	b  []byte
	at []span // one for each byte of b; empty when offsets are not tracked
}

func (t text) slice(lo, hi int) text {
	cut := text{b: t.b[lo:hi:hi]}
	if len(t.at) > 0 {
		cut.at = t.at[lo:hi:hi]
	}
	return cut
}

// span returns where the bytes lo to hi came from; the zero span when offsets are not tracked.
func (t text) span(lo, hi int) span {
	if len(t.at) == 0 || lo >= hi {
		return span{}
	}
	return span{t.at[lo].lo, t.at[hi-1].hi}
}

func (t *text) reset() {
	t.b, t.at = t.b[:0], t.at[:0]
}

// appendRune adds r; track says whether to note s as its origin.
func (t *text) appendRune(r rune, s span, track bool) {
	n := len(t.b)
	t.b = utf8.AppendRune(t.b, r)
	if track {
		for range len(t.b) - n {
			t.at = append(t.at, s)
		}
	}
}

func (t *text) appendText(from text) {
	t.b = append(t.b, from.b...)
	t.at = append(t.at, from.at...)
}

// load fills t with s, replacing what is not UTF-8 as Python's bytes.decode("utf-8", "replace")
// does: one U+FFFD for each longest prefix of a well-formed sequence, one for any other bad byte.
func (t *text) load(s string, track bool) {
	t.reset()
	if !track && utf8.ValidString(s) {
		t.b = append(t.b, s...)
		return
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n <= 1 {
			n = brokenLen(s[i:])
		}
		t.appendRune(r, span{int32(i), int32(i + n)}, track)
		i += n
	}
}

// brokenLen returns how many bytes at the start of s, which is not a well-formed sequence, form
// the longest prefix of one (Unicode 15, section 3.9, "maximal subpart"), at least 1.
func brokenLen(s string) int {
	need, lo, hi := 0, byte(0x80), byte(0xBF)
	switch c := s[0]; {
	case c >= 0xC2 && c <= 0xDF:
		need = 1
	case c >= 0xE0 && c <= 0xEF:
		need = 2
		lo, hi = secondByte(c)
	case c >= 0xF0 && c <= 0xF4:
		need = 3
		lo, hi = secondByte(c)
	}
	n := 1
	for ; n <= need && n < len(s) && s[n] >= lo && s[n] <= hi; n++ {
		lo, hi = 0x80, 0xBF
	}
	return n
}

// secondByte returns the range of the second byte after the lead byte c.
func secondByte(c byte) (lo, hi byte) {
	switch c {
	case 0xE0:
		return 0xA0, 0xBF
	case 0xED:
		return 0x80, 0x9F
	case 0xF0:
		return 0x90, 0xBF
	case 0xF4:
		return 0x80, 0x8F
	}
	return 0x80, 0xBF
}

// piece is a part of a text on its way to the model, or an added token cut out of it.
type piece struct {
	text
	added *addedToken // nil for ordinary text
}
