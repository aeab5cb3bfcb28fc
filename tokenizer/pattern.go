package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
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

// newRegex returns ErrUnsupported for what it does not know, and for a pattern that matches the empty text.
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

// Steps bound the time that a pattern may take over a text. Those of published tokenizers need about ten for each byte.
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

// quantified applies a quantifier, if one follows.
func (p *patternParser) quantified(it item) (_ item, more bool, err error) {
	lo, hi, interval := 0, math.MaxInt, false
	switch {
	case p.accept("*"):
	case p.accept("+"):
		lo = 1
	case p.accept("?"):
		hi = 1
	case strings.HasPrefix(p.rest, "{"):
		interval = true
		if lo, hi, err = p.interval(); err != nil {
			return it, false, err
		}
	default:
		return it, false, nil
	}
	keep := !interval && p.accept("+") // after an interval it repeats once more
	if strings.HasPrefix(p.rest, "?") {
		return it, false, errors.New("quantifier that takes as little as possible")
	}
	it, err = it.repeat(lo, hi, keep)
	return it, true, err
}

func (p *patternParser) interval() (lo, hi int, err error) {
	inside, rest, closed := strings.Cut(p.rest[1:], "}")
	from, to, comma := strings.Cut(inside, ",")
	if !comma {
		to = from
	}
	if comma && from == "" {
		from = "0"
	}
	hi = math.MaxInt
	if lo, err = strconv.Atoi(from); err == nil && (to != "" || !comma) {
		hi, err = strconv.Atoi(to)
	}
	if err != nil || !closed || lo < 0 || lo > hi || hi != math.MaxInt && hi > maxStates {
		return 0, 0, fmt.Errorf("quantifier {%s}", inside)
	}
	p.rest = rest
	return lo, hi, nil
}

// repeat repeats an item. A group is repeated a few times only, so that matching ends soon.
func (it item) repeat(lo, hi int, keep bool) (item, error) {
	once := it.min == 1 && it.max == 1 && !it.keep
	switch {
	case it.look:
		return it, errors.New("repeated look ahead")
	case it.group == nil && once:
		it.min, it.max, it.keep = lo, hi, keep
		return it, nil
	case it.group == nil && it.min <= 1 && !it.keep && hi == math.MaxInt:
		// One to three characters, any number of times, are any number of characters.
		it.min, it.max, it.keep = it.min*lo, hi, keep
		return it, nil
	case hi == math.MaxInt:
		return it, errors.New("group repeated without end")
	}
	return item{group: choice{{it}}, min: lo, max: hi, keep: keep}, nil
}

// link makes states of a group that lead to next.
func (c choice) link(next *state) *state {
	if len(c) == 1 {
		return linkSequence(c[0], next)
	}
	n := &state{op: opAlt}
	for _, seq := range c {
		n.alts = append(n.alts, linkSequence(seq, next))
	}
	return n
}

func linkSequence(seq []item, next *state) *state {
	for i := len(seq) - 1; i >= 0; i-- {
		next = seq[i].link(next)
	}
	return next
}

func (it item) link(next *state) *state {
	switch {
	case it.look:
		return &state{op: opLook, not: it.not, body: it.group.link(&state{op: opEnd}), next: next}
	case it.group == nil:
		return it.linkSet(next)
	case it.keep:
		it.keep = false
		return &state{op: opAtomic, body: it.link(&state{op: opEnd}), next: next}
	}
	head := next
	for i := it.max; i > 0; i-- {
		head = it.group.link(head)
		if i > it.min {
			head = &state{op: opAlt, alts: []*state{head, next}}
		}
	}
	return head
}

func (it item) linkSet(next *state) *state {
	if c, ok := it.set.single(); ok && it.min == 1 && it.max == 1 {
		lit := string(c)
		if next.op == opLiteral {
			return &state{op: opLiteral, lit: []byte(lit + string(next.lit)), next: next.next}
		}
		return &state{op: opLiteral, lit: []byte(lit), next: next}
	}
	return &state{op: opRepeat, set: it.set.compiled(), min: it.min, max: it.max, keep: it.keep, next: next}
}
