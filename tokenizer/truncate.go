package tokenizer

import (
	"errors"
	"fmt"
)

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
