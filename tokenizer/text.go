package tokenizer

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

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

// Strategy says which text of a pair is cut when both together are too long.
type Strategy string

// The strategies of tokenizer.json and of the Python library, by the latter's names.
const (
	LongestFirst Strategy = "longest_first" // the default
	OnlyFirst    Strategy = "only_first"
	OnlySecond   Strategy = "only_second"
)

// ErrCannotTruncate reports that the text which Options.Strategy allows to cut is too short to
// bring the encoding down to Options.Max, or that Max has no room for the special tokens.
var ErrCannotTruncate = errors.New("cannot be cut to the maximum length")

// truncate cuts a and b (nil for a single text) to room tokens together and reports whether it did.
func truncate(a, b *sequence, room int, o Options) (bool, error) {
	total := len(a.ids)
	if b != nil {
		total += len(b.ids)
	}
	if total <= room {
		return false, nil
	}
	switch o.Strategy {
	case OnlyFirst:
		return true, cutOne(a, total-room, o.Left)
	case OnlySecond:
		if b == nil {
			return false, fmt.Errorf("%w: strategy %s without a second text", ErrCannotTruncate, OnlySecond)
		}
		return true, cutOne(b, total-room, o.Left)
	case "", LongestFirst:
	default:
		return false, fmt.Errorf("unknown truncation strategy %q", o.Strategy)
	}
	if b == nil {
		a.cut(room, o.Left)
		return true, nil
	}
	n, m := shares(a, b, room)
	a.cut(min(n, len(a.ids)), o.Left)
	b.cut(min(m, len(b.ids)), o.Left)
	return true, nil
}

// cutOne takes drop tokens off q, which must keep at least one, unless nothing at all may stay.
func cutOne(q *sequence, drop int, left bool) error {
	if len(q.ids) <= drop {
		return fmt.Errorf("%w: %d tokens in the text to be cut, %d too many in all", ErrCannotTruncate, len(q.ids), drop)
	}
	q.cut(len(q.ids)-drop, left)
	return nil
}

// shares divides room tokens between two texts: the shorter is kept whole if the longer can give
// up enough, else each gets half, and the one odd token goes to the longer.
func shares(a, b *sequence, room int) (n, m int) {
	n, m = len(a.ids), len(b.ids)
	swap := n > m
	if swap {
		n, m = m, n
	}
	if n > room {
		m = n
	} else {
		m = max(n, room-n)
	}
	if n+m > room {
		n = room / 2
		m = n + room%2
	}
	if swap {
		n, m = m, n
	}
	return n, m
}

// sequence is the tokens of one text, before special tokens are put around them.
type sequence struct {
	ids    []int32
	names  []string // with detail only
	spans  []span   // with detail only
	detail bool

	arcs []arc // scratch of the unigram model
	cuts []cut
	word []symbol // scratch of byte-pair encoding
	heap []uint64
}

func (q *sequence) reset(detail bool) {
	q.ids, q.names, q.spans, q.detail = q.ids[:0], q.names[:0], q.spans[:0], detail
}

// add appends a token; the caller appends its name when q.detail is set.
func (q *sequence) add(id int32, at span) {
	q.ids = append(q.ids, id)
	if q.detail {
		q.spans = append(q.spans, at)
	}
}

func (q *sequence) mark() int { return len(q.ids) }

// rewind drops the tokens added since mark.
func (q *sequence) rewind(mark int) {
	q.ids = q.ids[:mark]
	if q.detail {
		q.names, q.spans = q.names[:mark], q.spans[:mark]
	}
}

// cut keeps n tokens, the last ones when left is set.
func (q *sequence) cut(n int, left bool) {
	lo, hi := 0, n
	if left {
		lo, hi = len(q.ids)-n, len(q.ids)
	}
	q.ids = q.ids[lo:hi]
	if q.detail {
		q.names, q.spans = q.names[lo:hi], q.spans[lo:hi]
	}
}
