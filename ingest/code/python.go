package code

import (
	"bytes"
	"regexp"
	"strings"
)

var definition = regexp.MustCompile(`(?m)^([ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+([\pL_][\pL\pN_]*)`)

// maxHead bounds the head of a declaration.
const maxHead = 1500

// findDocStrings finds Python's documentation: the string that stands first in a module, a class or a function.
func findDocStrings(s *source) []Symbol {
	var out []Symbol
	if len(s.strings) > 0 && blank(s.code[:s.strings[0].start]) {
		out = append(out, Symbol{Start: s.strings[0].start, End: s.strings[0].end})
	}
	type level struct {
		indent int
		name   string
	}
	var stack []level
	next := 0 // string behind the head
	for _, m := range definition.FindAllSubmatchIndex(s.code, -1) {
		indent, name := width(s.code[m[2]:m[3]]), string(s.code[m[4]:m[5]])
		for len(stack) > 0 && stack[len(stack)-1].indent >= indent {
			stack = stack[:len(stack)-1]
		}
		if len(stack) > 0 {
			name = stack[len(stack)-1].name + "." + name
		}
		stack = append(stack, level{indent, name})
		colon := headEnd(s.code, m[5], ':')
		for next < len(s.strings) && s.strings[next].start < colon {
			next++
		}
		if next < len(s.strings) && colon > 0 && blank(s.code[colon+1:s.strings[next].start]) {
			out = append(out, Symbol{Name: name, Start: m[2], End: s.strings[next].end})
		}
	}
	return out
}

// headEnd is where a mark stands outside of brackets, or -1.
func headEnd(code []byte, from int, mark byte) int {
	depth := 0
	for i := from; i < min(len(code), from+maxHead); i++ {
		switch c := code[i]; {
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == mark && depth == 0:
			return i
		case c == '\n' && depth == 0:
			return -1
		}
	}
	return -1
}

func width(indent []byte) int {
	return len(indent) + 7*strings.Count(string(indent), "\t")
}

func blank(code []byte) bool { return len(bytes.TrimSpace(code)) == 0 }
