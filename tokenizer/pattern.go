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
