package inline

import "bytes"

// pair reads what stands between two marks and is no Markdown: $math$, $$math$$, %%a remark%%.
func (s *scanner) pair(i int) int {
	n := runLength(s.text, i)
	switch {
	case s.text[i] == '$' && n == 1:
		if end := s.mathEnd(i); end > 0 {
			s.hide(i, i+1)
			s.hide(end-1, end)
			return end
		}
	case n == 2:
		if end := s.until(i+2, string(s.text[i:i+2])); end > i+2 {
			s.between(i, end)
			return end + 2
		}
	}
	return i + n
}

// between hides the two marks of math at i and at end, and a remark as a whole.
func (s *scanner) between(i, end int) {
	if s.text[i] == '%' {
		s.hide(i, end+2)
		s.emit(Hidden, i, end+2, string(s.text[i+2:end]))
		return
	}
	s.hide(i, i+2)
	s.hide(end, end+2)
}

// mathEnd is behind the "$" that closes the one at i, or 0, by pandoc's rule: no space behind the first and before the second,
// and no digit behind the second. So "$5 and $6" is none.
func (s *scanner) mathEnd(i int) int {
	if i+1 == len(s.text) || isSpace(s.text[i+1]) {
		return 0
	}
	for end := i + 1; end < len(s.text); end++ {
		s.work++
		switch s.text[end] {
		case '\\':
			end++
		case '$':
			if isSpace(s.text[end-1]) || end+1 < len(s.text) && isDigit(s.text[end+1]) {
				return 0
			}
			return end + 1
		}
	}
	return 0
}

// Marks of blocks that hold no Markdown.
const (
	MathMark   = "$$"
	RemarkMark = "%%" // Obsidian's comments
)

// PairMark is the mark that a block begins with on this line, or "" where there is none or its second stands on the same line.
func PairMark(line []byte) string {
	line = bytes.TrimSpace(line)
	for _, mark := range []string{MathMark, RemarkMark} {
		if rest, ok := bytes.CutPrefix(line, []byte(mark)); ok && !bytes.HasPrefix(rest, []byte(mark[:1])) && !bytes.Contains(rest, []byte(mark)) {
			return mark
		}
	}
	return ""
}

// Remark returns the tokens of a text that no reader sees.
func Remark(text []byte) []Token {
	return []Token{{Kind: Markup, Start: 0, End: len(text)}, {Kind: Hidden, Start: 0, End: len(text), Text: string(text)}}
}
