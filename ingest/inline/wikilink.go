package inline

import (
	"bytes"
	"slices"
	"strings"
)

// maxWikilink bounds what stands in [[…]], in bytes.
const maxWikilink = 1000

// wikilink reads [[note]], [[note#heading|text]] and, with "!" before it, the same as an embed. It gives way to what is a link
// in CommonMark: [[1]](note.md), [[text]][label], and [[label]] where that label is defined.
func (s *scanner) wikilink(start, open int) (end int, ok bool) {
	from := open + 2
	to, bar := s.wikiEnd(open)
	if to < 0 {
		return 0, false
	}
	inner := s.text[from:to]
	end = to + 2
	if _, isLabel := s.defs.lookup(inner); isLabel || s.leadsOn(end) || !meansNote(inner) {
		return 0, false
	}
	kind := Wikilink
	if start < open {
		kind = Embed
	}
	s.emitNamed(kind, start, end, oneLine(inner), from, to)
	if bar < 0 {
		bar = from - 1
	} else if name := bytes.TrimSpace(s.text[from:bar]); !bytes.Equal(name, bytes.TrimSpace(s.text[bar+1:to])) {
		s.emit(Hidden, start, end, oneLine(name))
	}
	s.hide(start, bar+1)
	s.hide(to, end)
	return end, true
}

// wikiEnd finds the "]]" that closes the "[[" at open, and the first "|" between, each -1 where there is none. The name before the bar
// holds no brackets; the text behind it may.
func (s *scanner) wikiEnd(open int) (end, bar int) {
	bar = -1
	if !bytes.HasPrefix(s.text[open:], []byte("[[")) {
		return -1, bar
	}
	nested := 0
	limit := min(len(s.text)-1, open+2+maxWikilink)
	for i := open + 2; i < limit; i++ {
		s.work++
		switch c := s.text[i]; {
		case c == '`':
			if end, _ := s.codeEnd(i); end > 0 {
				i = end - 1
			}
		case c == '|' && bar < 0:
			bar = i
		case c == ']' && s.text[i+1] == ']':
			if nested > 0 && i+2 < len(s.text) && s.text[i+2] == ']' {
				i++
			}
			return i, bar
		case c == '[' && (bar < 0 || s.text[i+1] == '['), c == ']' && bar < 0:
			return -1, bar
		case c == '[':
			nested++
		case c == ']':
			nested--
		}
	}
	return -1, bar
}

// leadsOn tells whether a destination or a defined label stands at i.
func (s *scanner) leadsOn(i int) bool {
	if i >= len(s.text) {
		return false
	}
	switch s.text[i] {
	case '(':
		_, _, ok := s.resource(i + 1)
		return ok
	case '[':
		label, n := labelAt(s.text[i:])
		s.work += n
		_, ok := s.defs.lookup(label)
		return n > 0 && ok
	}
	return false
}

// meansNote tells apart what people write in two brackets without meaning a note: nothing, classes of POSIX ([[:space:]]), and
// tests of a shell ([[ -f x ]]), which need a space on both sides.
func meansNote(inner []byte) bool {
	name := bytes.TrimSpace(inner)
	if len(name) == 0 {
		return false
	}
	if first := name[0]; len(name) > 1 && first == name[len(name)-1] && bytes.IndexByte([]byte(":=."), first) >= 0 {
		return false
	}
	return !isSpace(inner[0]) || !isSpace(inner[len(inner)-1]) || !isShellTest(string(name))
}

// Operators of a shell's test between two words, and those that a test begins with.
var (
	binaryOperators = strings.Fields("= == != =~ < > && || -eq -ne -lt -le -gt -ge -nt -ot -ef")
	unaryOperator   = []byte("abcdefghknoprstuvwxzGLNORS")
)

// isShellTest tells whether an expression has a shell's operators or variables.
func isShellTest(expression string) bool {
	words := strings.Fields(expression)
	if strings.Contains(expression, "$") || slices.ContainsFunc(words, isBinary) {
		return true
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "!" || w == "(" })
	if len(words) < 2 {
		return false
	}
	first := words[0]
	return len(first) == 2 && first[0] == '-' && bytes.IndexByte(unaryOperator, first[1]) >= 0
}

func isBinary(word string) bool { return slices.Contains(binaryOperators, word) }

// oneLine is text with single spaces for the ends of its lines.
func oneLine(text []byte) string {
	if bytes.IndexByte(text, '\n') < 0 {
		return string(text)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}
