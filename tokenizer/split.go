package tokenizer

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// behavior says what becomes of the matches a text is cut at, in tokenizer.json's words.
type behavior string

const (
	removed    behavior = "Removed"
	isolated   behavior = "Isolated"           // each a part of its own
	contiguous behavior = "Contiguous"         // a part for each run of them
	withPrev   behavior = "MergedWithPrevious" // at the end of the part before
	withNext   behavior = "MergedWithNext"     // at the start of the part after
)

func (b behavior) or(other behavior) behavior {
	if b == "" {
		return other
	}
	return b
}

// UnmarshalText refuses words that mean nothing.
func (b *behavior) UnmarshalText(word []byte) error {
	switch behavior(word) {
	case removed, isolated, contiguous, withPrev, withNext:
		*b = behavior(word)
		return nil
	}
	return fmt.Errorf("unknown behavior %q", word)
}

// cutter is fed a text stretch by stretch and hands on the parts.
type cutter struct {
	r        *run
	i        int
	t        text
	behavior behavior

	lo, hi int // the part that may still grow
	match  bool
	open   bool
}

// feed takes the next stretch, a match or what is between two.
func (c *cutter) feed(lo, hi int, match bool) {
	if lo == hi {
		return
	}
	if c.open && c.grows(match) {
		c.hi, c.match = hi, match
		return
	}
	c.close()
	if match && c.behavior == removed {
		return
	}
	c.lo, c.hi, c.match, c.open = lo, hi, match, true
}

func (c *cutter) grows(match bool) bool {
	switch c.behavior {
	case contiguous:
		return match == c.match
	case withPrev:
		return match && !c.match
	case withNext:
		return c.match && !match
	}
	return false
}

func (c *cutter) close() {
	if c.open {
		c.r.next(c.i, c.t.slice(c.lo, c.hi))
		c.open = false
	}
}

// charSplit cuts at each character that has a property.
type charSplit struct {
	u        *unicodeTables
	at       property
	behavior behavior
	ascii    [utf8.RuneSelf]bool
}

func newCharSplit(u *unicodeTables, at property, b behavior) *charSplit {
	s := &charSplit{u: u, at: at, behavior: b}
	for i := range s.ascii {
		s.ascii[i] = u.props(rune(i))&at != 0
	}
	return s
}

func (s *charSplit) split(r *run, i int, t text) {
	c := cutter{r: r, i: i, t: t, behavior: s.behavior}
	start := 0
	for j := 0; j < len(t.b); {
		n, hit := 1, false
		if b := t.b[j]; b < utf8.RuneSelf {
			hit = s.ascii[b]
		} else {
			var x rune
			x, n = utf8.DecodeRune(t.b[j:])
			hit = s.u.props(x)&s.at != 0
		}
		if hit {
			c.feed(start, j, false)
			c.feed(j, j+n, true)
			start = j + n
		}
		j += n
	}
	c.feed(start, len(t.b), false)
	c.close()
}

// wordSplit keeps runs of word characters and runs of what is neither word nor white space.
type wordSplit struct{ u *unicodeTables }

func (s wordSplit) split(r *run, i int, t text) {
	start, last := 0, property(0)
	for j := 0; j < len(t.b); {
		x, n := utf8.DecodeRune(t.b[j:])
		kind := s.u.props(x) & (propWord | propSpace)
		if kind != last {
			s.pass(r, i, t.slice(start, j), last)
			start, last = j, kind
		}
		j += n
	}
	s.pass(r, i, t.slice(start, len(t.b)), last)
}

func (s wordSplit) pass(r *run, i int, t text, kind property) {
	if kind != propSpace {
		r.next(i, t)
	}
}

// patternSplit cuts at each match of a pattern, or with invert keeps the matches.
type patternSplit struct {
	find     matcher
	behavior behavior
	invert   bool
}

func (s patternSplit) split(r *run, i int, t text) {
	c := cutter{r: r, i: i, t: t, behavior: s.behavior}
	done := 0
	err := s.find.each(t.b, func(lo, hi int) {
		c.feed(done, lo, s.invert)
		c.feed(lo, hi, !s.invert)
		done = hi
	})
	if err != nil {
		r.fail(err)
		return
	}
	c.feed(done, len(t.b), s.invert)
	c.close()
}

// fixedLength cuts into parts of so many characters.
type fixedLength int

func readFixedLength(n *int) ([]preTokenizer, error) {
	switch {
	case n == nil:
		return []preTokenizer{fixedLength(5)}, nil
	case *n < 1:
		return nil, errors.New("length under 1")
	}
	return []preTokenizer{fixedLength(*n)}, nil
}

func (l fixedLength) split(r *run, i int, t text) {
	start, count := 0, 0
	for j := 0; j < len(t.b); {
		_, n := utf8.DecodeRune(t.b[j:])
		j += n
		if count++; count == int(l) {
			r.next(i, t.slice(start, j))
			start, count = j, 0
		}
	}
	r.next(i, t.slice(start, len(t.b)))
}
