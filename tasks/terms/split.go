package terms

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// split cuts a text into sentences of words. Lines are sentences too: of what is no prose, headings and items, they are all there is.
func split(body string) (out [][]word) {
	var now []word
	end := func() {
		if len(now) > 0 {
			out, now = append(out, now), nil
		}
	}
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRuneInString(body[i:])
		switch kind := kindOf(r); kind {
		case spaced:
			n := wordLength(body[i:])
			shown := strings.TrimRight(body[i:i+n], "'’.-_/")
			if len(shown) <= maxTerm {
				now = append(now, newWord(shown, len(now) == 0))
			} else {
				end()
			}
			if strings.HasSuffix(body[i:i+n], ".") && !strings.Contains(shown, ".") {
				end()
			}
			i += n
		case unspaced, syllables:
			n := runLength(body[i:], r)
			now = append(now, loneWords(body[i:i+n], r)...)
			i += n
		default:
			if strings.ContainsRune(" \t\u00a0\u3000-–'’\"“”`*_/&", r) {
				i += size
				continue
			}
			end()
			i += size
		}
	}
	end()
	return out
}

// Kinds of letters.
const (
	other     = iota
	spaced    // of a script that puts spaces between words
	unspaced  // of a script that does not, and whose runs of one script are words: 潮汐, カタカナ
	syllables // of a script that does not, and whose runs are whole sentences: Thai, Lao, Khmer, Burmese
)

func kindOf(r rune) int {
	switch {
	case unicode.In(r, unicode.Han, unicode.Katakana, unicode.Hiragana, unicode.Bopomofo) || r == 'ー':
		return unspaced
	case unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return syllables
	case unicode.In(r, unicode.L, unicode.N):
		return spaced
	}
	return other
}

// wordLength is how far a word goes: letters, marks, digits, and what joins them within: it's, node.js, snake_case, C++.
func wordLength(s string) (n int) {
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		joins := strings.ContainsRune("'’._+#", r)
		if !joins && !unicode.In(r, unicode.M, unicode.Cf) && kindOf(r) != spaced {
			break
		}
		n += size
	}
	return n
}

// scriptOf tells the runs of unspaced letters apart.
func scriptOf(r rune) *unicode.RangeTable {
	for _, table := range []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo} {
		if unicode.Is(table, r) {
			return table
		}
	}
	return unicode.Katakana // ー
}

func runLength(s string, first rune) (n int) {
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		switch {
		case kindOf(first) == syllables && (kindOf(r) == syllables || unicode.In(r, unicode.M)):
		case kindOf(first) == unspaced && kindOf(r) == unspaced && (scriptOf(r) == scriptOf(first) || r == 'ー'):
		default:
			return n
		}
		n += size
	}
	return n
}

// Bounds on the runs that are words, in letters. Of longer ones of Han, which are several words, all pairs and triples are counted: those that
// come again are words.
const (
	leastRun = 2
	mostRun  = 6
)

// loneWords are what a run of unspaced letters may mean. Hiragana joins words and is none.
func loneWords(run string, first rune) (out []word) {
	letters := []rune(run)
	lone := func(s string) word { return word{text: s, folded: s, key: s, lone: true} }
	brk := word{}
	switch {
	case unicode.Is(unicode.Hiragana, first), len(letters) < leastRun:
		return []word{brk}
	case kindOf(first) == syllables && len(letters) > 4*mostRun:
		return []word{brk}
	case !unicode.Is(unicode.Han, first) || len(letters) <= 4:
		return []word{lone(run), brk}
	}
	for n := 2; n <= 4; n++ {
		for i := 0; i+n <= len(letters); i++ {
			out = append(out, lone(string(letters[i:i+n])), brk)
		}
	}
	return out
}
