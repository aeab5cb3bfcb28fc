package data

import (
	"bytes"
	"slices"
	"unicode"
)

// Bounds on lines that were written for programs.
const (
	minified  = 1000 // bytes; people break lines, or set spaces
	longWord  = 25   // bytes without a space in such a line; prose has few of them
	maxSpaces = 8    // in 100 bytes; prose has 15
	minMarks  = 6    // of { } ; = " in 100 bytes; prose and lists of links have none
	maxTags   = 2    // of < > and \ in 100 bytes: HTML holds prose, and formulas are read
	maxWide   = 5    // bytes that are not ASCII, in 100
	maxPlain  = 25   // in 100 words, of those that are nothing but letters; where programs set spaces, prose has 60
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

// minifiedIn is the part of a line that was written for programs: from its first word that no prose has to its last, with the words
// of code beside them.
func minifiedIn(line []byte) (from, to int) {
	if len(line) < minified {
		return 0, 0
	}
	words := wordsOf(line)
	first := slices.IndexFunc(words, func(w word) bool { return isProgram(line[w.start:w.end]) })
	if first < 0 {
		return 0, 0
	}
	last := first
	for i, w := range words[first:] {
		if isProgram(line[w.start:w.end]) {
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
	if to-from < minified || !isMinified(line[from:to]) || hasSpaces(line[from:to]) && !isCrowded(line, words[first:last+1]) {
		return 0, 0
	}
	return from, to
}

// isProgram tells whether prose has no such word: a long one, a key of JSON, or code without spaces.
func isProgram(word []byte) bool {
	if len(word) >= longWord || bytes.Contains(word, []byte(`":`)) {
		return true
	}
	marks := 0
	for _, c := range word {
		if c == '{' || c == '}' || c == ';' || c == '=' {
			marks++
		}
	}
	return marks >= 2
}

// hasSpaces tells whether the text has more spaces than a minifier leaves.
func hasSpaces(text []byte) bool {
	return (bytes.Count(text, []byte(" "))+bytes.Count(text, []byte("\t")))*100 > maxSpaces*len(text)
}

// isCrowded tells whether few words of a line are nothing but letters, with a mark of prose behind them.
func isCrowded(line []byte, words []word) bool {
	plain := 0
	for _, w := range words {
		letters := bytes.TrimRight(line[w.start:w.end], ".,;:!?")
		if len(letters) > 0 && bytes.IndexFunc(letters, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 {
			plain++
		}
	}
	return plain*100 <= maxPlain*len(words)
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
	marks, tags, wide, masked := 0, 0, 0, 0
	for _, c := range text {
		switch {
		case c == Masked:
			masked++
		case c >= 0x80:
			wide++
		case c == '<' || c == '>' || c == '\\':
			tags++
		case c == '{' || c == '}' || c == ';' || c == '=' || c == '"':
			marks++
		}
	}
	n := len(text) - masked
	return n >= minified && marks*100 >= minMarks*n && tags*100 <= maxTags*n && wide*100 <= maxWide*n
}
