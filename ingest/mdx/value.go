package mdx

import "bytes"

// list reads (a, ...b) and [a, , b].
func (s *script) list(opening, closing string) bool {
	if !s.enter(opening) {
		return false
	}
	for {
		s.space()
		if s.take(closing) {
			return s.leave()
		}
		if s.take(",") {
			continue
		}
		if s.take("..."); !s.expression() {
			return false
		}
		if s.space(); !s.looking(",") && !s.looking(closing) {
			return false
		}
	}
}

// object reads {a, b: c, [d]: e, "f": g, h() {}, get i() {}, ...j}, and a pattern's {a = b}.
func (s *script) object() bool {
	if !s.enter("{") {
		return false
	}
	for {
		s.space()
		if s.take("}") {
			return s.leave()
		}
		if !s.property() {
			return false
		}
		if s.space(); !s.take(",") && !s.looking("}") {
			return false
		}
	}
}

func (s *script) property() bool {
	if s.take("...") {
		return s.expression()
	}
	for s.take("*") || s.modifier() {
		s.space()
	}
	if !s.key() {
		return false
	}
	s.space()
	switch {
	case s.take(":"), s.take("="):
		return s.expression()
	case s.looking("("):
		return s.list("(", ")") && s.blockAfterSpace()
	}
	return true
}

// modifier takes get, set or async before a key.
func (s *script) modifier() bool {
	at := *s
	if s.word("get") || s.word("set") || s.word("async") {
		if s.space(); s.pos < s.end && !bytes.ContainsRune([]byte(",:(}="), rune(s.text[s.pos])) {
			return true
		}
	}
	*s = at
	return false
}

func (s *script) key() bool {
	if s.pos >= s.end {
		return false
	}
	switch c := s.text[s.pos]; {
	case c == '[':
		return s.list("[", "]")
	case c == '"', c == '\'':
		return s.quoteString()
	case c >= '0' && c <= '9':
		s.number()
		return true
	}
	return s.name()
}

func (s *script) arrow() bool {
	s.take("=>")
	if s.space(); s.looking("{") {
		return s.block()
	}
	return s.expression()
}

func (s *script) function() bool {
	s.space()
	s.take("*")
	s.space()
	s.name()
	s.space()
	return s.list("(", ")") && s.blockAfterSpace()
}

func (s *script) class() bool {
	s.space()
	if !s.looking("{") && !s.word("extends") {
		if !s.name() {
			return false
		}
		if s.space(); !s.word("extends") {
			return s.blockAfterSpace()
		}
	}
	if s.space(); s.looking("{") {
		return s.block()
	}
	return s.name() && s.suffixes() && s.blockAfterSpace()
}

func (s *script) blockAfterSpace() bool {
	s.space()
	return s.block()
}

// beforeOperand are the words in a body after which no operator can stand.
var beforeOperand = map[string]bool{
	"return": true, "typeof": true, "case": true, "in": true, "of": true, "do": true, "else": true, "void": true, "delete": true, "throw": true, "new": true, "await": true,
	"yield": true, "instanceof": true, "default": true, "extends": true,
}

// block reads a body: anything whose brackets are closed.
func (s *script) block() bool {
	if !s.enter("{") {
		return false
	}
	operand := true // whether a slash would begin a pattern
	for s.space(); s.pos < s.end; s.space() {
		from := s.pos
		switch c := s.text[from]; {
		case c == '}':
			s.pos++
			return s.leave()
		case c == '{':
			if !s.block() {
				return false
			}
			operand = true
			continue
		case c == '"', c == '\'':
			if !s.quoteString() {
				return false
			}
		case c == '`':
			if !s.template() {
				return false
			}
		case c == '/' && operand:
			if !s.regex() {
				return false
			}
		case c == '<' && operand:
			if !s.element() {
				return false
			}
		case c >= '0' && c <= '9':
			s.number()
		case s.name():
			operand = beforeOperand[string(s.text[from:s.pos])]
			continue
		default:
			s.pos++
			operand = c != ')' && c != ']'
			continue
		}
		operand = false
	}
	return false
}
