package inline

// A bracket is a "[" or "![" that nothing has closed yet.
type bracket struct {
	start, text int // where it begins, and where the text behind it does
	image       bool
	nested      bool // another bracket opened behind it, so its text is no label
	delimiter   int  // the last delimiter before it
}

// square reads "[", "![" and "]".
func (s *scanner) square(i int) int {
	switch {
	case s.text[i] == ']':
		return s.closeBracket(i)
	case s.text[i] == '[':
		return s.openBracket(i, i)
	case i+1 < len(s.text) && s.text[i+1] == '[':
		return s.openBracket(i, i+1)
	}
	return i + 1
}

// openBracket reads a wikilink or remembers the bracket at open; with "!" before it, it starts there.
func (s *scanner) openBracket(start, open int) int {
	if end, ok := s.wikilink(start, open); ok {
		return end
	}
	if end, ok := s.footnote(open); ok {
		return end
	}
	if n := len(s.brackets); n > 0 {
		s.brackets[n-1].nested = true
	}
	s.brackets = append(s.brackets, bracket{start: start, text: open + 1, image: start < open, delimiter: s.lastDelimiter})
	return open + 1
}

// closeBracket reads the "]" at i: with what follows it, it may make a link or an image of the text behind its bracket.
func (s *scanner) closeBracket(i int) int {
	n := len(s.brackets) - 1
	if n < 0 {
		return i + 1
	}
	b := s.brackets[n]
	s.brackets = s.brackets[:n]
	dead := !b.image && n < s.inactive
	s.inactive = min(s.inactive, n)
	if !dead {
		if to, end, ok := s.destination(b, i); ok {
			s.linked(b, to, i, end)
			return end
		}
	}
	if !b.image && !s.labelTag(b, i) {
		s.relation(b, i)
	}
	return i + 1
}

// linked makes a link or an image that reaches from b over the "]" at i to end.
func (s *scanner) linked(b bracket, to Definition, i, end int) {
	kind := Link
	if b.image {
		kind = Image
	} else {
		s.inactive = len(s.brackets)
	}
	s.emphasis(b.delimiter)
	s.emitNamed(kind, b.start, end, to.Destination, s.named[0], s.named[1])
	s.hide(b.start, b.text)
	s.hide(i, end)
	s.emit(Hidden, i, end, to.Destination)
	if to.Title != "" {
		s.emit(Hidden, i, end, to.Title)
	}
}

// destination finds where the text between b and the "]" at i leads: (destination "title"), [label], or its own text as a label.
func (s *scanner) destination(b bracket, i int) (to Definition, end int, ok bool) {
	if i+1 < len(s.text) && s.text[i+1] == '(' {
		if to, end, ok = s.resource(i + 2); ok {
			return to, end, true
		}
	}
	end, s.named = i+1, [2]int{}
	label, n := labelAt(s.text[i+1:])
	s.work += n
	switch {
	case len(label) > 0:
		end += n
	case b.nested:
		return to, 0, false
	default:
		label, end = s.text[b.text:i], end+n
	}
	to, ok = s.defs.lookup(label)
	return to, end, ok
}

// resource reads what follows "](": white space, a destination, a title, ")". Each but the last may be missing.
func (s *scanner) resource(i int) (to Definition, end int, ok bool) {
	r := reader{text: s.text, pos: i}
	defer func() { s.work += r.work }()
	r.space()
	destination, _ := r.destination()
	to.Destination, s.named = unescape(destination), [2]int{r.from, r.to}
	if r.space() > 0 {
		title, _ := r.title()
		to.Title = unescape(title)
		r.space()
	}
	return to, r.pos + 1, r.peek() == ')'
}

// footnote reads [^1], the mark of a footnote, for which a reader sees a raised number.
func (s *scanner) footnote(i int) (end int, ok bool) {
	if i+1 >= len(s.text) || s.text[i+1] != '^' {
		return 0, false
	}
	for end = i + 2; end < len(s.text) && end-i < maxLabel && !isSpace(s.text[end]) && s.text[end] != '['; end++ {
		s.work++
		if s.text[end] == ']' {
			ok = end > i+2 && !s.leadsOn(end+1)
			break
		}
	}
	if ok {
		end++
		s.hide(i, end)
		s.emit(Hidden, i, end, string(s.text[i+2:end-1]))
	}
	return end, ok
}
