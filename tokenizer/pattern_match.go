package tokenizer

import (
	"bytes"
	"unicode/utf8"
)

// matching is one text on its way through a pattern.
type matching struct {
	b     []byte
	steps int // left
}

// match returns where the match from n on ends that begins at i, -1 for none. It calls itself as
// deep as the pattern is long at most.
func (m *matching) match(n *state, i int) int {
	for ; m.steps >= 0 && i >= 0; n = n.next {
		m.steps--
		switch n.op {
		case opEnd:
			return i
		case opAlt:
			return m.choose(n.alts, i)
		case opRepeat:
			lo, hi := m.span(n, i)
			if lo < hi && !n.keep && n.next.op != opEnd {
				return m.shrink(n, lo, hi)
			}
			i = hi
		default:
			i = m.one(n, i)
		}
	}
	return -1
}

// one returns where a state that matches in one way at most ends, -1 where it does not.
func (m *matching) one(n *state, i int) int {
	switch n.op {
	case opLiteral:
		if bytes.HasPrefix(m.b[i:], n.lit) {
			return i + len(n.lit)
		}
	case opLook:
		if (m.match(n.body, i) >= 0) != n.not {
			return i
		}
	case opAtomic:
		return m.match(n.body, i)
	}
	return -1
}

func (m *matching) choose(alts []*state, i int) int {
	last := len(alts) - 1
	for _, a := range alts[:last] {
		if end := m.match(a, i); end >= 0 {
			return end
		}
	}
	return m.match(alts[last], i)
}

// span returns where a repetition from i ends at the earliest and at the latest; -1 where it does not match.
func (m *matching) span(n *state, i int) (lo, hi int) {
	count := 0
	lo = i
	for ; count < n.max; count++ {
		if count == n.min {
			lo = i
		}
		size := n.set.next(m.b[i:])
		if size == 0 {
			break
		}
		i += size
	}
	m.steps -= count
	switch {
	case count < n.min:
		return -1, -1
	case count == n.min:
		lo = i
	}
	return lo, i
}

// shrink goes on after a repetition that takes all up to hi, else less and less down to lo.
func (m *matching) shrink(n *state, lo, hi int) int {
	for m.steps >= 0 {
		if end := m.match(n.next, hi); end >= 0 {
			return end
		}
		if hi == lo {
			break
		}
		for hi--; !utf8.RuneStart(m.b[hi]); {
			hi--
		}
	}
	return -1
}
