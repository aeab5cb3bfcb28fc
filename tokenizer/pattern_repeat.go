package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

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
