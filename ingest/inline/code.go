package inline

import (
	"bytes"
	"sort"
)

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
	from, to := unpadded(s.text, i+n, end-n)
	s.hide(i, from)
	s.hide(to, end)
	return end
}

// unpadded leaves out one space, or end of a line, on both sides of code that is not blank.
func unpadded(text []byte, from, to int) (int, int) {
	inner := text[from:to]
	left, right := padding(bytes.HasPrefix, inner), padding(bytes.HasSuffix, inner)
	if left == 0 || right == 0 || blank(inner) {
		return from, to
	}
	return from + left, to - right
}

// padding is the length of the space or the line's end on one side of code.
func padding(on func(code, mark []byte) bool, code []byte) int {
	for _, mark := range []string{"\r\n", "\n", " "} {
		if on(code, []byte(mark)) {
			return len(mark)
		}
	}
	return 0
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

func blank(text []byte) bool {
	for _, c := range text {
		if !isSpace(c) {
			return false
		}
	}
	return true
}
