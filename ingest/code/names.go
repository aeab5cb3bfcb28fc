package code

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A grammar is what findDeclared must know of a language with braces.
type grammar struct {
	skipped    []string // words in front of a name
	containers []string // words in front of the name of what qualifies the names in it
	typesFirst bool     // int size, not size: int
	lineEnds   bool     // a line's end may end a declaration
}

var (
	script = &grammar{
		skipped: strings.Fields("export default declare abstract async static public private protected readonly override accessor get set " +
			"function class interface enum type namespace module const let var new"),
		containers: strings.Fields("class interface enum namespace module"),
		lineEnds:   true,
	}
	rust = &grammar{
		skipped:    strings.Fields("pub crate async unsafe const extern default mut static fn struct enum trait mod type union impl dyn ref macro_rules"),
		containers: strings.Fields("struct enum trait mod union impl"),
	}
	java = &grammar{
		skipped: strings.Fields("public private protected static final abstract synchronized native strictfp transient volatile default sealed " +
			"non-sealed class interface enum record module"),
		containers: strings.Fields("class interface enum record"),
		typesFirst: true,
	}
)

// nameIn finds the name that the head of a declaration declares.
func (g *grammar) nameIn(head []byte) string {
	if g.typesFirst {
		if name := g.javaName(head); name != "" {
			return name
		}
	}
	for i := 0; i < len(head); {
		word, next := nextWord(head, i)
		if word == "" {
			return ""
		}
		i = next
		if word == "import" || word == "from" || word == "use" || word == "return" || word == "package" {
			return ""
		}
		if !slices.Contains(g.skipped, word) {
			return word
		}
		after := skipBlank(head, i, len(head))
		switch {
		case after == len(head) || bytes.IndexByte([]byte("(:=,?;"), head[after]) >= 0 && !(word == "pub" || word == "function"):
			return word // a member that is called like a keyword, or "export default function ("
		case word == "pub" && head[after] == '(':
			i = closing(head, after, len(head))
		case word == "impl" && head[after] == '<':
			i = closingAngle(head, after)
		}
	}
	return ""
}

// javaName is the word before the parameters or at the end of the head: types stand in front of names.
func (g *grammar) javaName(head []byte) string {
	angles, last := 0, ""
	for i := 0; i < len(head); i++ {
		switch c := head[i]; {
		case c == '<':
			angles++
		case c == '>':
			angles = max(0, angles-1)
		case c == '(' && angles == 0:
			return last
		case isWord(c) && angles == 0:
			word, next := nextWord(head, i)
			if word == "import" || word == "package" {
				return ""
			}
			if slices.Contains(g.containers, word) {
				name, _ := nextWord(head, next)
				return name
			}
			last, i = word, next-1
		}
	}
	return last
}

// containerIn is the name of the type or module whose body begins behind head, or "".
func (g *grammar) containerIn(head []byte) string {
	for i := 0; i < len(head); {
		word, next := nextWord(head, i)
		if word == "" || word == "(" {
			return ""
		}
		if slices.Contains(g.containers, word) && (next == len(head) || head[next] != '.') {
			if after := skipBlank(head, next, len(head)); word == "impl" {
				return implName(head[after:])
			}
			name, _ := nextWord(head, next)
			return name
		}
		i = next
	}
	return ""
}

// implName is the type in `impl<T> Trait for Type<T>`.
func implName(head []byte) string {
	if len(head) > 0 && head[0] == '<' {
		head = head[closingAngle(head, 0):]
	}
	if i := bytes.LastIndex(head, []byte(" for ")); i >= 0 {
		head = head[i+len(" for "):]
	}
	name, _ := nextWord(head, 0)
	return name
}

func closingAngle(code []byte, i int) int {
	depth := 0
	for ; i < len(code); i++ {
		switch {
		case code[i] == '<':
			depth++
		case code[i] == '>' && code[i-1] != '-' && code[i-1] != '=':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

func isWord(c byte) bool {
	return c >= utf8.RuneSelf || c == '_' || c == '$' || c == '#' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// maxName bounds a name.
const maxName = 120

// nextWord returns the next name at or behind i, dots within it included, and where it ends.
func nextWord(code []byte, i int) (string, int) {
	for i < len(code) && !isWord(code[i]) {
		i++
	}
	from := i
	for i < len(code) && (isWord(code[i]) || code[i] == '.' && i > from && i+1 < len(code) && isWord(code[i+1])) {
		i++
	}
	return strings.ToValidUTF8(string(code[from:min(i, from+maxName)]), ""), i
}

var packageLine = regexp.MustCompile(`(?m)^\s*package\s+([\pL\pN_.$]+)\s*;`)

func javaPackage(s *source, otherwise string) string {
	if m := packageLine.FindSubmatch(s.code); m != nil {
		return string(m[1])
	}
	return otherwise
}
