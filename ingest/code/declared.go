package code

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// findDeclared finds doc comments and what stands behind them, in languages whose blocks are braces.
func findDeclared(s *source) []Symbol {
	var out []Symbol
	w := walker{source: s}
	for i, c := range s.comments {
		if !isDoc(s, c) || len(out) > 0 && c.start < out[len(out)-1].End {
			continue
		}
		c = s.joined(i)
		w.walk(c.start)
		sym := Symbol{Start: c.start, End: c.end}
		switch {
		case isInner(s, c):
			sym.Name = w.qualified("")
		default:
			from := w.declaration(c.end)
			end := w.head(from)
			if name := s.words.nameIn(s.code[from:end]); name != "" {
				sym.Name, sym.End = w.qualified(name), end
			} else if !floats(s, c, len(out) == 0) {
				continue
			}
		}
		out = append(out, trimmed(s, sym))
	}
	return out
}

func isDoc(s *source, c span) bool {
	text := s.text[c.start:c.end]
	if bytes.HasPrefix(text, []byte("/**")) && !bytes.HasPrefix(text, []byte("/**/")) {
		return true
	}
	return s.words == rust && (isInner(s, c) || bytes.HasPrefix(text, []byte("///")) && !bytes.HasPrefix(text, []byte("////")))
}

// isInner tells Rust's comments on what they stand in.
func isInner(s *source, c span) bool {
	text := s.text[c.start:c.end]
	return s.words == rust && (bytes.HasPrefix(text, []byte("//!")) || bytes.HasPrefix(text, []byte("/*!")))
}

// joined is comment i with the comments of the same kind on the lines below.
func (s *source) joined(i int) span {
	c := s.comments[i]
	if s.words != rust || !bytes.HasPrefix(s.text[c.start:c.end], []byte("//")) {
		return c
	}
	for _, next := range s.comments[i+1:] {
		gap := s.text[c.end:next.start]
		lines := bytes.Count(gap, []byte("\n")) + bytes.Count(s.text[c.end-1:c.end], []byte("\n"))
		if !blank(gap) || lines > 1 || !isDoc(s, next) || isInner(s, next) != isInner(s, c) {
			break
		}
		c.end = next.end
	}
	return c
}

var (
	aboutFile = regexp.MustCompile(`@(?:packageDocumentation|module|fileoverview|file|typedef|callback|overview)\b`)
	license   = regexp.MustCompile(`(?i)\b(?:copyright|licen[sc]ed?)\b`)
)

// floats tells whether a comment that documents no declaration is worth keeping: it stands first, or says that it is about
// the file.
func floats(s *source, c span, first bool) bool {
	text := s.text[c.start:c.end]
	return aboutFile.Match(text) || first && !license.Match(text) && !bytes.ContainsAny(s.code[:c.start], "{};")
}

// trimmed takes the white space from both ends.
func trimmed(s *source, sym Symbol) Symbol {
	sym.End = sym.Start + len(bytes.TrimRightFunc(s.text[sym.Start:sym.End], unicode.IsSpace))
	return sym
}

// A walker follows the braces from comment to comment.
type walker struct {
	*source
	at    int
	from  int      // where the statement at hand begins
	stack []string // names of what is open; "" for bodies
}

func (w *walker) walk(to int) {
	for ; w.at < to; w.at++ {
		switch w.code[w.at] {
		case '{':
			w.stack = append(w.stack, w.words.containerIn(w.code[max(w.from, w.at-maxHead):w.at]))
			w.from = w.at + 1
		case '}':
			w.stack = w.stack[:max(0, len(w.stack)-1)]
			w.from = w.at + 1
		case ';':
			w.from = w.at + 1
		}
	}
}

// qualified is a name behind those of what it stands in.
func (w *walker) qualified(name string) string {
	parts := slices.DeleteFunc(append(slices.Clone(w.stack), name), func(s string) bool { return s == "" })
	return strings.Join(parts[max(0, len(parts)-maxParts):], ".")
}

// maxParts bounds a qualified name.
const maxParts = 8

// declaration is where a declaration begins behind its comment: other comments, attributes and annotations are skipped.
func (w *walker) declaration(i int) int {
	code := w.code
	end := min(len(code), i+maxHead)
	for i = skipBlank(code, i, end); i < end; i = skipBlank(code, i, end) {
		rest := code[i:end]
		switch {
		case bytes.HasPrefix(rest, []byte("#[")):
			i = closing(code, i+1, end)
		case rest[0] == '@' && !bytes.HasPrefix(rest, []byte("@interface")):
			for i++; i < end && (isWord(code[i]) || code[i] == '.'); i++ {
			}
			if j := skipBlank(code, i, end); j < end && code[j] == '(' {
				i = closing(code, j, end)
			}
		default:
			return i
		}
	}
	return i
}

func skipBlank(code []byte, i, end int) int {
	for i < end && code[i] <= ' ' {
		i++
	}
	return i
}

// closing is behind the bracket that closes the one at i.
func closing(code []byte, i, end int) int {
	depth := 0
	for ; i < end; i++ {
		switch code[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth <= 0 {
				return i + 1
			}
		}
	}
	return end
}

// head is where the head of the declaration at from ends: before its body, its value, or what separates it from the next.
func (w *walker) head(from int) int {
	depth, angles := 0, 0
	limit := min(len(w.code), from+maxHead)
	for i := from; i < limit; i++ {
		c := w.code[i]
		switch {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			if depth--; depth < 0 {
				return i
			}
		case depth > 0:
		case c == '<':
			angles++
		case c == '>':
			if i > from && w.code[i-1] != '-' && w.code[i-1] != '=' {
				angles = max(0, angles-1)
			}
		case c == '{' || c == '}' || c == ';':
			return i
		case c == ',' && angles == 0:
			return i
		case c == '=' && angles == 0 && !isOperator(w.code, i):
			return i
		case c == '\n' && angles == 0 && w.words.lineEnds && !goesOn(w.code[from:i], w.code[i:limit]):
			return i
		}
	}
	return limit
}

// isOperator tells "=>", "==", "<=" and the like from the "=" of a value.
func isOperator(code []byte, i int) bool {
	return i+1 < len(code) && bytes.IndexByte([]byte(">="), code[i+1]) >= 0 || i > 0 && bytes.IndexByte([]byte("<>!="), code[i-1]) >= 0
}

// goesOn tells whether a declaration goes on behind a line's end.
func goesOn(before, after []byte) bool {
	before, after = bytes.TrimSpace(before), bytes.TrimSpace(after)
	if len(before) == 0 || len(after) == 0 {
		return len(before) == 0
	}
	last := before[bytes.LastIndexAny(before, " \t\n")+1:]
	return bytes.IndexByte([]byte(",(<|&=:."), before[len(before)-1]) >= 0 || slices.Contains(script.skipped, string(last)) ||
		bytes.IndexByte([]byte("{(<=|&.:?"), after[0]) >= 0 ||
		bytes.HasPrefix(after, []byte("extends ")) || bytes.HasPrefix(after, []byte("implements "))
}
