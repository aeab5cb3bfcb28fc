package data

import (
	"bytes"
	"slices"
)

// Bounds on lines: of base64 that is wrapped, and of what was written for programs.
const (
	wrapped   = 48   // bytes of a line at least; tools wrap at 60, 64 and 76
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

// wrappedEnd is behind the lines of base64 that begin at pos, at least two of one length but for the last, or pos.
func (m *masker) wrappedEnd(pos int) (end int, k kind) {
	first := tokenLine(lineAt(m.text, pos))
	if len(first) < wrapped {
		return pos, block
	}
	all := bytes.Clone(first)
	hashes := isHash(first)
	end = pos + len(lineAt(m.text, pos))
	for end < len(m.text) {
		line := lineAt(m.text, end)
		t := tokenLine(line)
		if len(t) == 0 || len(t) > len(first) || len(t) < len(first) && !isTail(t) {
			break
		}
		all, end, hashes = append(all, t...), end+len(line), hashes && isHash(t)
		if len(t) < len(first) {
			break
		}
	}
	if len(all) == len(first) || hashes || !isRandom(all) {
		return pos, block
	}
	return end, blockOf(all)
}

// tokenLine is the one token that a line consists of, or nil.
func tokenLine(line []byte) []byte {
	t := bytes.Trim(line, " \t\r\n>")
	for _, c := range t {
		if !inToken[c] {
			return nil
		}
	}
	return t
}

// isTail tells the last line of base64 from a word.
func isTail(t []byte) bool {
	lower := false
	for _, c := range t {
		if isDigit(c) || c == '=' || c == '+' || c == '/' || lower && c >= 'A' && c <= 'Z' {
			return true
		}
		lower = lower || c >= 'a' && c <= 'z'
	}
	return false
}

// isHash tells a list of hashes, one a line, from base64: MD5, SHA-1, SHA-224, SHA-256 in hexadecimal digits.
func isHash(t []byte) bool {
	return isHexadecimal(t) && (len(t) == 32 || len(t) == 40 || len(t) == 56 || len(t) == 64)
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
