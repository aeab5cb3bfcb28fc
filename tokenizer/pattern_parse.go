package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// choice is a group of a pattern: sequences to be tried one after the other.
type choice [][]item

// item is a set of characters, a group or a look ahead, and how often it stands.
type item struct {
	set      *itemSet
	group    choice // nil for a set
	look     bool
	not      bool // of a look ahead
	min, max int
	keep     bool // takes as much as it can and gives nothing back
}

// itemSet is a set that is compiled once, however often its item stands.
type itemSet struct {
	runeSet
	bits *bitSet
}

func (s *itemSet) compiled() *bitSet {
	if s.bits == nil {
		s.bits = s.compile()
	}
	return s.bits
}

// maxStates bounds how large the repetition of groups makes a pattern. Published ones stay under 100.
const maxStates = 5000

// patternParser reads a regular expression as Oniguruma does. What it does not know is an error.
type patternParser struct {
	rest   string
	depth  int
	fold   bool // (?i)
	states int
}

func (p *patternParser) parse() (choice, error) {
	p.fold = p.accept("(?i)")
	c, err := p.choice()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("unexpected %q", p.rest)
	}
	return c, err
}

func (p *patternParser) accept(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

func (p *patternParser) char() rune {
	r, n := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[n:]
	return r
}

func (p *patternParser) choice() (choice, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	defer func() { p.depth-- }()
	var c choice
	for {
		seq, err := p.sequence()
		if err != nil {
			return nil, err
		}
		c = append(c, seq)
		if !p.accept("|") {
			return c, nil
		}
	}
}

func (p *patternParser) sequence() ([]item, error) {
	var seq []item
	for p.rest != "" && p.rest[0] != '|' && p.rest[0] != ')' {
		it, err := p.atom()
		for more := true; more && err == nil; {
			it, more, err = p.quantified(it)
		}
		if err != nil {
			return nil, err
		}
		if p.states += it.states(); p.states > maxStates {
			return nil, errors.New("too large")
		}
		seq = append(seq, it)
	}
	if p.fold && foldsTogether(seq) {
		return nil, errors.New("letters that one character stands for without regard to case")
	}
	return seq, nil
}

func (it item) states() int {
	n := 1
	for _, seq := range it.group {
		for _, sub := range seq {
			n += sub.states()
		}
	}
	if it.group != nil {
		n *= max(1, it.max)
	}
	return n
}

func (p *patternParser) atom() (item, error) {
	it := item{min: 1, max: 1}
	switch p.rest[0] {
	case '(':
		return p.group()
	case '[':
		p.rest = p.rest[1:]
		set, err := p.set()
		if err == nil && p.fold {
			set, err = fold(set)
		}
		it.set = &itemSet{runeSet: set}
		return it, err
	case '*', '+', '?', '{', '}', ']', '^', '$':
		return it, fmt.Errorf("%q", p.rest[:1])
	case '.':
		p.rest = p.rest[1:]
		it.set = &itemSet{runeSet: newRuneSet('\n', '\n').complement()}
		return it, nil
	}
	set, _, err := p.single()
	if err == nil && p.fold {
		set, err = fold(set)
	}
	it.set = &itemSet{runeSet: set}
	return it, err
}

func (p *patternParser) group() (item, error) {
	it := item{min: 1, max: 1}
	fold := p.fold
	switch {
	case p.accept("(?:"):
	case p.accept("(?i:"):
		p.fold = true
	case p.accept("(?>"):
		it.keep = true
	case p.accept("(?="):
		it.look = true
	case p.accept("(?!"):
		it.look, it.not = true, true
	case strings.HasPrefix(p.rest, "(?"):
		return it, fmt.Errorf("group %q", p.rest[:min(4, len(p.rest))])
	default:
		p.accept("(")
	}
	var err error
	it.group, err = p.choice()
	if err == nil && !p.accept(")") {
		err = errors.New("group without end")
	}
	p.fold = fold
	return it, err
}
