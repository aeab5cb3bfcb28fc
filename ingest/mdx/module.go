package mdx

// statements reads imports and exports, each ending with its line, up to a blank line or to what is neither.
func (s *script) statements() bool {
	s.module = true
	from := s.pos
	good := from // behind the last one that is whole
	for s.statement() && s.lineEnd() {
		good = s.pos
		for s.comment() && s.lineEnd() {
			good = s.pos
		}
		s.pos = good
	}
	if good > from {
		s.pos = good
	}
	return good > from
}

// statement reads one import or export without its end.
func (s *script) statement() bool {
	switch {
	case s.word("import"):
		return s.importing()
	case s.word("export"):
		return s.exporting()
	}
	return false
}

// importing reads "a", b from "a", {b as c} from "a", * as b from "a", b, {c} from "a".
func (s *script) importing() bool {
	s.space()
	if s.string() {
		return s.attributes()
	}
	if s.name() {
		if s.space(); s.take(",") {
			s.space()
		}
	}
	if s.take("*") {
		s.space()
		s.word("as")
		s.space()
		s.name()
	} else if s.looking("{") && !s.names() {
		return false
	}
	s.space()
	return s.from()
}

func (s *script) exporting() bool {
	s.space()
	switch {
	case s.take("*"):
		if s.space(); s.word("as") {
			s.space()
			_ = s.name() || s.string()
			s.space()
		}
		return s.from()
	case s.looking("{"):
		if !s.names() {
			return false
		}
		at := s.pos
		if s.space(); s.word("from") {
			s.space()
			return s.string() && s.attributes()
		}
		s.pos = at
		return true
	case s.word("const"), s.word("let"), s.word("var"):
		return s.sequence()
	}
	s.word("default")
	return s.expression()
}

// names reads {a, b as c, "d" as e}.
func (s *script) names() bool {
	if !s.enter("{") {
		return false
	}
	for {
		if s.space(); s.take("}") {
			return s.leave()
		}
		if !s.name() && !s.string() {
			return false
		}
		if s.space(); s.word("as") {
			if s.space(); !s.name() && !s.string() {
				return false
			}
			s.space()
		}
		if !s.take(",") && !s.looking("}") {
			return false
		}
	}
}

func (s *script) from() bool {
	if !s.word("from") {
		return false
	}
	s.space()
	return s.string() && s.attributes()
}

// attributes reads with {type: "json"}, which may be missing.
func (s *script) attributes() bool {
	at := s.pos
	s.space()
	if s.goesOn() && s.word("with") {
		s.space()
		return s.object()
	}
	s.pos = at
	return true
}

// lineEnd takes the rest of a line that holds nothing more. An expression may have looked for its end in the lines below.
func (s *script) lineEnd() bool {
	for s.pos > 0 && (s.text[s.pos-1] == '\n' || isBlank(s.text[s.pos-1])) {
		s.pos--
	}
	for s.pos < s.end {
		switch c := s.text[s.pos]; {
		case isBlank(c), c == ';':
			s.pos++
		case s.comment():
		case c == '\n':
			s.pos++
			return true
		default:
			return false
		}
	}
	return true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }
