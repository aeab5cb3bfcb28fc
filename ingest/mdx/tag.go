package mdx

// What a tag is.
type tagKind int

const (
	noTag tagKind = iota
	openTag
	closeTag
	wholeTag // <a/>
)

// tag reads <a b="c" d={e} {...f}>, </a>, <a/>, and the tags without a name. White space after the "<" makes it a sign.
func (s *script) tag() tagKind {
	if !s.take("<") {
		return noTag
	}
	closing := s.take("/")
	if closing && !s.gap() {
		return noTag
	}
	if s.take(">") {
		return kindOf(closing)
	}
	if !s.tagName() {
		return noTag
	}
	for {
		at := s.pos
		switch {
		case !s.gap():
			return noTag
		case s.take(">"):
			return kindOf(closing)
		case closing:
			return noTag
		case s.take("/"):
			if !s.gap() || !s.take(">") {
				return noTag
			}
			return wholeTag
		case s.looking("{"):
			if !s.braces(true) {
				return noTag
			}
		case s.pos == at || !s.attribute():
			return noTag
		}
	}
}

func kindOf(closing bool) tagKind {
	if closing {
		return closeTag
	}
	return openTag
}

// gap skips white space in a tag, where no blank line may stand.
func (s *script) gap() bool {
	lines := 0
	for s.pos < s.end {
		switch c := s.text[s.pos]; {
		case c == '\n':
			lines++
			s.pos = min(quotePrefix(s.text[:s.end], s.pos+1, s.quoted), s.end)
		case isBlank(c):
			s.pos++
		default:
			return lines < 2
		}
	}
	return lines < 2
}

// tagName reads a, a-b, a.b and a:b.
func (s *script) tagName() bool {
	if !s.tagWord() {
		return false
	}
	for {
		at := s.pos
		ok := s.gap()
		local := s.take(":")
		if !local && !s.take(".") {
			s.pos = at
			return true
		}
		if !ok || !s.gap() || !s.tagWord() {
			return false
		}
		if local {
			return true
		}
	}
}

// tagWord reads a name that may hold hyphens.
func (s *script) tagWord() bool {
	if !s.name() {
		return false
	}
	for s.take("-") {
		for s.pos < s.end && s.text[s.pos] >= '0' && s.text[s.pos] <= '9' {
			s.pos++
		}
		s.name()
	}
	return true
}

// attribute reads a, a="b", a='b', a={b}, a=<b/>, each with a:b for a.
func (s *script) attribute() bool {
	if !s.tagWord() {
		return false
	}
	at := s.pos
	if s.gap() && s.take(":") {
		if !s.gap() || !s.tagWord() {
			return false
		}
		at = s.pos
	}
	if !s.gap() || !s.take("=") {
		s.pos = at
		return true
	}
	if !s.gap() {
		return false
	}
	switch {
	case s.looking("{"):
		return s.braces(false)
	case s.looking("<"):
		return s.element()
	case s.looking(`"`), s.looking("'"):
		quote := string(s.text[s.pos : s.pos+1])
		from := s.pos
		s.pos++
		s.until(quote)
		return s.take(quote) && !blankLine.Match(s.text[from:s.pos])
	}
	return false
}

// element reads a tag with all up to the one that closes it, in an expression.
func (s *script) element() bool {
	for open := 0; s.pos < s.end; {
		switch {
		case s.looking("<"):
			switch s.tag() {
			case noTag:
				return false
			case openTag:
				open++
			case closeTag:
				open--
			}
		case s.looking("{"):
			if !s.braces(false) {
				return false
			}
		default:
			s.pos++
		}
		if open <= 0 {
			return open == 0
		}
	}
	return false
}
