package data

import (
	"bytes"
	"slices"
)

// Bounds on lines that were written for programs.
const (
	minified  = 1000 // bytes; people break lines, or set spaces
	longWord  = 25   // bytes without a space in such a line; prose has few of them
	maxSpaces = 8    // in 100 bytes; prose has 15
	minMarks  = 6    // of { } ; = " in 100 bytes; prose and lists of links have none
	maxTags   = 2    // of < > and \ in 100 bytes: HTML holds prose, and formulas are read
	maxWide   = 5    // bytes that are not ASCII, in 100
)

// lines masks base64 that is wrapped over lines, and minified lines.
func (m *masker) lines(start int) {
	for pos := start; pos < len(m.text); {
		end, k := m.wrappedEnd(pos)
		if end > pos {
			m.maskLines(pos, end, k)
		} else {
			line := lineAt(m.text, pos)
			end = pos + len(line)
			if from, to := minifiedIn(line); to > from {
				m.mask(pos+from, pos+to, program)
			}
		}
		pos = end
	}
}

// minifiedIn is the part of a line that was written for programs: from its first long word to its last, with the words of code
// beside them.
func minifiedIn(line []byte) (from, to int) {
	if len(line) < minified {
		return 0, 0
	}
	words := wordsOf(line)
	isLong := func(w word) bool { return w.end-w.start >= longWord }
	first := slices.IndexFunc(words, isLong)
	if first < 0 {
		return 0, 0
	}
	last := first
	for i, w := range words[first:] {
		if isLong(w) {
			last = first + i
		}
	}
	isCode := func(i int) bool {
		return i >= 0 && i < len(words) && bytes.ContainsAny(line[words[i].start:words[i].end], "{};=")
	}
	for isCode(first - 1) {
		first--
	}
	for isCode(last + 1) {
		last++
	}
	from, to = words[first].start, words[last].end
	if to-from < minified || !isMinified(line[from:to]) {
		return 0, 0
	}
	return from, to
}

// A word is what stands between white space.
type word struct{ start, end int }

func wordsOf(line []byte) (words []word) {
	for i := 0; i < len(line); i++ {
		start := i
		for i < len(line) && line[i] > ' ' {
			i++
		}
		if i > start {
			words = append(words, word{start, i})
		}
	}
	return words
}

func isMinified(text []byte) bool {
	spaces, marks, tags, wide, masked := 0, 0, 0, 0, 0
	for _, c := range text {
		switch {
		case c == Masked:
			masked++
		case c >= 0x80:
			wide++
		case c == ' ' || c == '\t':
			spaces++
		case c == '<' || c == '>' || c == '\\':
			tags++
		case c == '{' || c == '}' || c == ';' || c == '=' || c == '"':
			marks++
		}
	}
	n := len(text) - masked
	return n >= minified && spaces*100 <= maxSpaces*n && marks*100 >= minMarks*n && tags*100 <= maxTags*n && wide*100 <= maxWide*n
}
