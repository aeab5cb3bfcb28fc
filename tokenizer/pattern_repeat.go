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
