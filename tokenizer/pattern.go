package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// readPattern reads {"String": "…"} or {"Regex": "…"}.
func readPattern(raw json.RawMessage) (matcher, error) {
	var c struct{ String, Regex *string }
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	switch {
	case c.String != nil && *c.String != "":
		return literal(*c.String), nil
	case c.Regex != nil:
		return newRegex(*c.Regex)
	}
	return nil, fmt.Errorf("%w: empty pattern", ErrUnsupported)
}

// errSlow reports a text over which a pattern goes back and forth too long.
var errSlow = errors.New("the tokenizer's pattern takes too long")

// regex finds what Oniguruma's regular expression of the same spelling does, as it does: by going
// back, from the leftmost alternative on. Its states are linked to what follows them.
type regex struct {
	expr  string
	start *state
	first [256]bool // the bytes a match can begin with
}

type stateOp uint8

const (
	opEnd     stateOp = iota
	opLiteral         // lit
	opRepeat          // min to max characters of set, as many as possible
	opAlt             // the first of alts that leads to a match
	opLook            // body must match here, or with not must not; takes nothing
	opAtomic          // body, with no way back into it
)

type state struct {
	op       stateOp
	lit      []byte
	set      *bitSet
	min, max int
	keep     bool // a repetition that gives nothing back
	alts     []*state
	body     *state
	not      bool
	next     *state
}

// newRegex returns ErrUnsupported for what it does not know, and for a pattern that matches the
// empty text.
func newRegex(expr string) (*regex, error) {
	p := patternParser{rest: expr}
	tree, err := p.parse()
	if err != nil {
		return nil, fmt.Errorf("%w: pattern %q: %w", ErrUnsupported, expr, err)
	}
	x := &regex{expr: expr, start: tree.link(&state{op: opEnd})}
	if x.start.begins(&x.first, make(map[*state]bool)) {
		return nil, fmt.Errorf("%w: pattern %q may match the empty text", ErrUnsupported, expr)
	}
	return x, nil
}

// begins marks the bytes that a match from n on can begin with, and reports whether it can be empty.
// known holds the answers of states that several ways lead to.
func (n *state) begins(first *[256]bool, known map[*state]bool) bool {
	if empty, ok := known[n]; ok {
		return empty
	}
	known[n] = n.empty(first, known)
	return known[n]
}

func (n *state) empty(first *[256]bool, known map[*state]bool) bool {
	switch n.op {
	case opEnd:
		return true
	case opLiteral:
		first[n.lit[0]] = true
		return false
	case opRepeat:
		n.set.begins(first)
		return n.min == 0 && n.next.begins(first, known)
	case opAlt:
		empty := false
		for _, a := range n.alts {
			empty = a.begins(first, known) || empty
		}
		return empty
	case opAtomic:
		return n.body.begins(first, known) && n.next.begins(first, known)
	}
	return n.next.begins(first, known)
}

func (b *bitSet) begins(first *[256]bool) {
	for c := range first {
		if c >= utf8.RuneSelf || b.has(rune(c)) {
			first[c] = true
		}
	}
}

// Steps bound the time that a pattern may take over a text. Those of published tokenizers need
// about ten for each byte.
const (
	stepsPerByte = 500
	stepsAlways  = 10_000
)

func (x *regex) each(b []byte, yield func(lo, hi int)) error {
	m := matching{b: b, steps: stepsAlways + stepsPerByte*len(b)}
	for at := 0; at < len(b); {
		if !x.first[b[at]] {
			at++
			continue
		}
		end := m.match(x.start, at)
		switch {
		case m.steps < 0:
			return fmt.Errorf("%w: %q on %d bytes", errSlow, x.expr, len(b))
		case end < 0:
			_, n := utf8.DecodeRune(b[at:])
			at += n
		default:
			yield(at, end)
			at = end
		}
	}
	return nil
}

// matching is one text on its way through a pattern.
type matching struct {
	b     []byte
	steps int // left
}

// match returns where the match from n on ends that begins at i, -1 for none. It calls itself as
// deep as the pattern is long at most.
func (m *matching) match(n *state, i int) int {
	for ; m.steps >= 0; n = n.next {
		m.steps--
		switch n.op {
		case opEnd:
			return i
		case opLiteral:
			if len(m.b)-i < len(n.lit) || string(m.b[i:i+len(n.lit)]) != string(n.lit) {
				return -1
			}
			i += len(n.lit)
		case opRepeat:
			lo, hi := m.span(n, i)
			if hi < 0 {
				return -1
			}
			if lo < hi && !n.keep && n.next.op != opEnd {
				return m.shrink(n, lo, hi)
			}
			i = hi
		case opAlt:
			last := len(n.alts) - 1
			for _, a := range n.alts[:last] {
				if end := m.match(a, i); end >= 0 {
					return end
				}
			}
			return m.match(n.alts[last], i)
		case opLook:
			if (m.match(n.body, i) >= 0) == n.not {
				return -1
			}
		case opAtomic:
			if i = m.match(n.body, i); i < 0 {
				return -1
			}
		}
	}
	return -1
}

// span returns where a repetition from i ends at the earliest and at the latest; -1 where it
// does not match.
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
