package mdx

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Bounds on one piece of program in a page.
const (
	maxExpression = 64 << 10
	maxDepth      = 100 // brackets within brackets
)

// A script recognises JavaScript with JSX: whether a piece of text can be read as program, and where that ends. What stands in the
// bodies of functions and classes only has to have its brackets closed. After an attempt that fails pos is how far it has read.
type script struct {
	text   []byte
	pos    int
	end    int // nothing is read from here on
	quoted int // marks of quotations that each line begins with
	depth  int // of brackets
	module bool
}

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

// enter takes an opening bracket.
func (s *script) enter(bracket string) bool {
	s.depth++
	return s.depth <= maxDepth && s.take(bracket)
}

func (s *script) leave() bool {
	s.depth--
	return true
}

// close takes a closing bracket after white space.
func (s *script) close(bracket string) bool {
	s.space()
	return s.take(bracket) && s.leave()
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
	s.take("#")
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

// take takes a mark.
func (s *script) take(mark string) bool {
	if !s.looking(mark) {
		return false
	}
	s.pos += len(mark)
	return true
}

func (s *script) takeAfterSpace(mark string) bool {
	s.space()
	return s.take(mark)
}

func (s *script) looking(mark string) bool {
	return s.end-s.pos >= len(mark) && string(s.text[s.pos:s.pos+len(mark)]) == mark
}

// word takes a whole word.
func (s *script) word(w string) bool {
	at := s.pos
	if !s.take(w) {
		return false
	}
	if s.pos < s.end {
		if r, _ := utf8.DecodeRune(s.text[s.pos:s.end]); isName(r) {
			s.pos = at
			return false
		}
	}
	return true
}

func isName(r rune) bool {
	return r == '$' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r == '\u200c' || r == '\u200d'
}

// name takes a name, keywords too.
func (s *script) name() bool {
	from := s.pos
	for s.pos < s.end {
		r, n := utf8.DecodeRune(s.text[s.pos:s.end])
		if !isName(r) || s.pos == from && unicode.IsDigit(r) {
			break
		}
		s.pos += n
	}
	return s.pos > from
}

func (s *script) number() {
	for s.pos < s.end {
		c := s.text[s.pos]
		exponent := (c == '+' || c == '-') && (s.text[s.pos-1] == 'e' || s.text[s.pos-1] == 'E')
		if c != '.' && c != '_' && !exponent && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return
		}
		s.pos++
	}
}

// space skips white space and comments, and the marks of quotations at the beginning of lines.
func (s *script) space() {
	for s.pos < s.end {
		switch c := s.text[s.pos]; {
		case c == '\n':
			s.pos = min(quotePrefix(s.text[:s.end], s.pos+1, s.quoted), s.end)
		case c == ' ', c == '\t', c == '\r', c == '\v', c == '\f':
			s.pos++
		case !s.comment():
			return
		}
	}
}

// until goes to the next mark, or to the end.
func (s *script) until(mark string) {
	if n := bytes.Index(s.text[s.pos:s.end], []byte(mark)); n >= 0 {
		s.pos += n
	} else {
		s.pos = s.end
	}
}

func (s *script) quoteString() bool {
	quote := s.text[s.pos]
	for s.pos++; s.pos < s.end; s.pos++ {
		switch s.text[s.pos] {
		case '\\':
			s.pos++
		case '\n':
			return false
		case quote:
			s.pos++
			return true
		}
	}
	s.pos = s.end
	return false
}

func (s *script) template() bool {
	for s.pos++; s.pos < s.end; {
		switch {
		case s.take("`"):
			return true
		case s.looking("${"):
			s.pos++
			if !s.braces(false) {
				return false
			}
		case s.text[s.pos] == '\\':
			s.pos = min(s.pos+2, s.end)
		default:
			s.pos++
		}
	}
	return false
}

func (s *script) regex() bool {
	class := false
	for s.pos++; s.pos < s.end; s.pos++ {
		switch s.text[s.pos] {
		case '\\':
			s.pos++
		case '[':
			class = true
		case ']':
			class = false
		case '\n':
			return false
		case '/':
			if class {
				continue
			}
			s.pos++
			s.name() // flags
			return true
		}
	}
	s.pos = s.end
	return false
}
