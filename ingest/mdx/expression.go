package mdx

import "bytes"

// braces reads {expression}, {} and {/* comment */}; with spread, {...expression} only.
func (s *script) braces(spread bool) bool {
	if !s.enter("{") {
		return false
	}
	s.space()
	if spread && !s.take("...") {
		return false
	}
	if !spread && s.take("}") {
		return s.leave()
	}
	return s.sequence() && s.close("}")
}

// sequence reads expressions between commas.
func (s *script) sequence() bool {
	for {
		if !s.expression() {
			return false
		}
		if s.space(); !s.goesOn() || !s.take(",") {
			return true
		}
	}
}

// expression reads operands between operators.
func (s *script) expression() bool {
	for {
		if !s.operand() {
			return false
		}
		s.space()
		switch {
		case !s.goesOn():
			return true
		case !s.looking("??") && s.take("?"):
			if !s.expression() || !s.takeAfterSpace(":") {
				return false
			}
		case !s.operator():
			return true
		}
	}
}

// goesOn is false at a blank line of a module, where a statement that is whole ends.
func (s *script) goesOn() bool {
	if !s.module || s.depth > 0 {
		return true
	}
	gap := s.text[:s.pos]
	gap = gap[len(bytes.TrimRight(gap, " \t\r\n")):]
	return bytes.Count(gap, []byte("\n")) < 2
}

// operators between two operands, the longest first.
var operators = []string{
	">>>=", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "==", "!=", "<=", ">=", "&&", "||", "??", "**", "<<", ">>", "+=", "-=", "*=", "/=", "%=", "&=",
	"|=", "^=", "+", "-", "*", "/", "%", "&", "|", "^", "<", ">", "=",
}

func (s *script) operator() bool {
	if s.looking("=>") {
		return false
	}
	for _, o := range operators {
		if s.take(o) {
			return true
		}
	}
	return s.word("in") || s.word("instanceof")
}

// prefixes stand before an operand, words and marks.
var (
	prefixWords = []string{"typeof", "void", "delete", "await", "yield"}
	prefixMarks = []string{"++", "--", "+", "-", "!", "~"}
)

func (s *script) prefixes() {
	for found := true; found; {
		s.space()
		found = false
		for _, w := range prefixWords {
			found = found || s.word(w)
		}
		for _, m := range prefixMarks {
			found = found || s.take(m)
		}
	}
}

// operand reads what operators join: a value with all that is called on it, or a function.
func (s *script) operand() bool {
	s.prefixes()
	if s.pos >= s.end {
		return false
	}
	switch c := s.text[s.pos]; {
	case c == '(':
		if !s.list("(", ")") {
			return false
		}
	case c == '[':
		if !s.list("[", "]") {
			return false
		}
	case c == '{':
		if !s.object() {
			return false
		}
	case c == '"', c == '\'':
		if !s.quoteString() {
			return false
		}
	case c == '`':
		if !s.template() {
			return false
		}
	case c == '/':
		if !s.regex() {
			return false
		}
	case c == '<':
		if !s.element() {
			return false
		}
	case c >= '0' && c <= '9', c == '.' && s.pos+1 < s.end && s.text[s.pos+1] >= '0' && s.text[s.pos+1] <= '9':
		s.number()
		return s.suffixes()
	default:
		if !s.named() {
			return false
		}
	}
	return s.suffixes()
}

// named reads a name, or what a word begins: a function, a class, new.
func (s *script) named() bool {
	switch {
	case s.word("new"):
		s.space()
		return s.take(".") && s.name() || s.operand()
	case s.word("async"):
		s.space()
		if s.word("function") {
			return s.function()
		}
		s.name() // async x => …
		return true
	case s.word("function"):
		return s.function()
	case s.word("class"):
		return s.class()
	}
	return s.name()
}

// suffixes reads what is called on a value, and the body of a function that arrows give it.
func (s *script) suffixes() bool {
	for {
		s.space()
		switch {
		case !s.goesOn():
			return true
		case s.looking("=>"):
			return s.arrow()
		case s.take("++"), s.take("--"):
		case s.take("?."):
			s.space()
			if !s.looking("(") && !s.looking("[") && !s.name() {
				return false
			}
		case s.looking(".") && !s.looking("..."):
			s.take(".")
			s.space()
			s.take("#")
			if !s.name() {
				return false
			}
		case s.looking("("):
			if !s.list("(", ")") {
				return false
			}
		case s.looking("["):
			if !s.list("[", "]") {
				return false
			}
		case s.looking("`"):
			if !s.template() {
				return false
			}
		default:
			return true
		}
	}
}
