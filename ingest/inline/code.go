package inline

import "sort"

// code finds where `code` ends in a text. It reads the text once.
type code struct {
	text []byte
	runs map[int][]int // length of a run of backticks → where such runs begin, ascending
}

// codeIn returns the code of a text.
func codeIn(text []byte) code {
	c := code{text: text, runs: make(map[int][]int)}
	for i := 0; i < len(text); i++ {
		if text[i] == '`' {
			n := runLength(text, i)
			c.runs[n] = append(c.runs[n], i)
			i += n
		}
	}
	return c
}

// end is behind the code that the n backticks at i open, or -1 where no run of the same length closes it.
func (c code) end(i int) (end, n int) {
	n = runLength(c.text, i)
	starts := c.runs[n]
	next := sort.SearchInts(starts, i+n)
	if next == len(starts) {
		return -1, n
	}
	return starts[next] + n, n
}

// codeSpan reads `code`, whose words stay as they are. A run of backticks that nothing closes is text.
func (s *scanner) codeSpan(i int) int {
	end, n := s.codeEnd(i)
	if end < 0 {
		return i + n
	}
	from, to := i+n, end-n
	if from+2 < to && isCodePadding(s.text[from]) && isCodePadding(s.text[to-1]) && !blank(s.text[from:to]) {
		from, to = from+1, to-1
	}
	s.hide(i, from)
	s.hide(to, end)
	return end
}

func (s *scanner) codeEnd(i int) (end, n int) {
	if s.code.runs == nil {
		s.code = codeIn(s.text)
	}
	return s.code.end(i)
}

// runLength is how often the byte at i is repeated from there on.
func runLength(text []byte, i int) int {
	n := i
	for n < len(text) && text[n] == text[i] {
		n++
	}
	return n - i
}

func isCodePadding(c byte) bool { return c == ' ' || c == '\n' || c == '\r' }

func blank(text []byte) bool {
	for _, c := range text {
		if !isSpace(c) {
			return false
		}
	}
	return true
}
