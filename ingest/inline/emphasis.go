package inline

import (
	"unicode"
	"unicode/utf8"
)

// A delimiter is a run of "*", "_" or "~" that may open or close emphasis. Those still open form a list in order of position.
type delimiter struct {
	char       byte
	start, end int // what is left of the run
	length     int // what it was
	opens      bool
	closes     bool
	prev, next int // in the list, or none
}

// delimiterRun puts the run at i on the list.
func (s *scanner) delimiterRun(i int) int {
	c := s.text[i]
	end := i + runLength(s.text, i)
	if c == '~' && end-i > 2 {
		return end
	}
	left, right, before, after := flanking(s.text, i, end)
	d := delimiter{char: c, start: i, end: end, length: end - i, opens: left, closes: right, prev: s.lastDelimiter, next: none}
	if c == '_' {
		d.opens, d.closes = left && (!right || before), right && (!left || after)
	}
	if d.opens || d.closes {
		if s.lastDelimiter != none {
			s.delimiters[s.lastDelimiter].next = len(s.delimiters)
		}
		s.lastDelimiter = len(s.delimiters)
		s.delimiters = append(s.delimiters, d)
	}
	return end
}

// flanking tells on which sides of the run from start to end a word stands, and on which sides punctuation does.
func flanking(text []byte, start, end int) (left, right, punctBefore, punctAfter bool) {
	before, after := '\n', '\n'
	if start > 0 {
		before, _ = utf8.DecodeLastRune(text[:start])
	}
	if end < len(text) {
		after, _ = utf8.DecodeRune(text[end:])
	}
	spaceBefore, spaceAfter := isSpaceRune(before), isSpaceRune(after)
	punctBefore, punctAfter = isPunctuationRune(before), isPunctuationRune(after)
	left = !spaceAfter && (!punctAfter || spaceBefore || punctBefore)
	right = !spaceBefore && (!punctBefore || spaceAfter || punctAfter)
	return left, right, punctBefore, punctAfter
}

// isSpaceRune tells whether r is what the specification calls Unicode white space.
func isSpaceRune(r rune) bool {
	return unicode.Is(unicode.Zs, r) || r < 0x80 && isSpace(byte(r)) && r != '\v'
}

func isPunctuationRune(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// emphasis pairs the delimiters behind bottom and hides them. What it leaves over is text.
func (s *scanner) emphasis(bottom int) {
	var exhausted [18]int // by class of closer: up to which delimiter there is no opener
	for i := range exhausted {
		exhausted[i] = bottom
	}
	closer := s.firstBehind(bottom)
	for closer != none {
		d := &s.delimiters[closer]
		if !d.closes {
			closer = d.next
			continue
		}
		class := d.class()
		if opener := s.opener(closer, exhausted[class]); opener != none {
			closer = s.match(opener, closer)
			continue
		}
		exhausted[class] = d.prev // #nosec G602 -- class is below the array's length by how it is made
		next := d.next
		if !d.opens {
			s.remove(closer)
		}
		closer = next
	}
	s.truncate(bottom)
}

// firstBehind is the first delimiter behind bottom that is still open.
func (s *scanner) firstBehind(bottom int) int {
	first := none
	for i := s.lastDelimiter; i > bottom; i = s.delimiters[i].prev {
		first = i
		s.work++
	}
	return first
}

// class numbers the closers that accept the same openers.
func (d *delimiter) class() int {
	class := d.length % 3
	if d.opens {
		class += 3
	}
	switch d.char {
	case '_':
		class += 6
	case '~':
		class = 12 + d.length // one or two, and no sum of lengths counts
	}
	return class
}

// opener is the nearest delimiter behind bottom that the closer matches, or none.
func (s *scanner) opener(closer, bottom int) int {
	d := &s.delimiters[closer]
	for i := d.prev; i > bottom; i = s.delimiters[i].prev {
		s.work++
		if o := &s.delimiters[i]; o.opens && o.char == d.char && fit(o, d) {
			return i
		}
	}
	return none
}

// fit tells whether the lengths of two runs allow that they match.
func fit(opener, closer *delimiter) bool {
	if opener.char == '~' {
		return opener.length == closer.length
	}
	if !opener.closes && !closer.opens {
		return true
	}
	return (opener.length+closer.length)%3 != 0 || opener.length%3 == 0 && closer.length%3 == 0
}

// match hides what a pair uses up of both runs, drops the delimiters between them, and returns the next closer.
func (s *scanner) match(opener, closer int) int {
	o, c := &s.delimiters[opener], &s.delimiters[closer]
	n := min(2, o.end-o.start, c.end-c.start)
	s.hide(o.end-n, o.end)
	s.hide(c.start, c.start+n)
	o.end -= n
	c.start += n
	o.next, c.prev = closer, opener
	if o.start == o.end {
		s.remove(opener)
	}
	if c.start == c.end {
		next := c.next
		s.remove(closer)
		return next
	}
	return closer
}

func (s *scanner) remove(i int) {
	d := s.delimiters[i]
	if d.prev != none {
		s.delimiters[d.prev].next = d.next
	}
	if d.next != none {
		s.delimiters[d.next].prev = d.prev
	} else {
		s.lastDelimiter = d.prev
	}
}

// truncate drops the delimiters behind bottom.
func (s *scanner) truncate(bottom int) {
	for s.lastDelimiter > bottom {
		s.lastDelimiter = s.delimiters[s.lastDelimiter].prev
	}
	s.delimiters = s.delimiters[:s.lastDelimiter+1]
	if s.lastDelimiter != none {
		s.delimiters[s.lastDelimiter].next = none
	}
}
