// Package text is the word index: it cuts text into terms for every script, keeps them as postings in segments, and ranks
// chunks by BM25. It knows no database: pages of postings lie where a [Source] reads them and a [Pages] puts them.
//
// A term is a folded word; a posting says how heavily a term weighs in one chunk; a segment is the postings of the chunks of one
// batch, or of several merged ones, and never changes; its directory says which page holds which terms. A chunk that is removed
// stays in its segment and is listed as a tombstone in a later one, until both are merged. A snapshot is all segments of an
// index at one generation.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"amalfa/notes"
)

// maxTerm bounds a term, in runes. Longer ones (encoded data) are cut, in texts and in questions alike.
const maxTerm = 64

// word is a run of text that belongs together: either written with spaces around words (whole and parts), or in a script that
// is not (clusters), or a symbol.
type word struct {
	whole    string   // folded; "" for clusters
	parts    []string // folded parts of an identifier, when there is more than one
	clusters []string // letters with their marks, folded
}

// Terms cuts text into the terms that the index holds, in the order of the text. They are lower case with diacritics folded
// and hold no space. An identifier (camelCase, snake_case) gives itself and then its parts. Scripts without spaces between
// words, and Hangul, whose particles stick to words, give every pair of neighbouring letters and then the last letter.
// "C++" and "C#" give themselves and "c"; an emoji is a term. The work is linear in the text.
func Terms(text string) []string {
	var terms []string
	for _, w := range words(text) {
		terms = w.append(terms)
	}
	return terms
}

// append adds the terms of w as the index holds them.
func (w word) append(terms []string) []string {
	if w.clusters == nil {
		return append(append(terms, w.whole), w.parts...)
	}
	terms = appendPairs(terms, w.clusters)
	return append(terms, w.clusters[len(w.clusters)-1])
}

func appendPairs(terms, clusters []string) []string {
	for i := range len(clusters) - 1 {
		terms = append(terms, clusters[i]+clusters[i+1])
	}
	return terms
}

// Classes of runes.
const (
	space   = iota
	letter  // of a script that puts spaces between words
	cluster // of a script that does not
	symbol  // an emoji or the like
	mark    // belongs to the rune before it
)

func classOf(r rune) int {
	if r < utf8.RuneSelf {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return letter
		}
		return space
	}
	switch {
	case unicode.In(r, unicode.M, unicode.Cf):
		return mark
	case unicode.IsDigit(r): // a number is a word in every script
		return letter
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Thai,
		unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Yi) || r == 'ー':
		return clusterOrSpace(r)
	case unicode.In(r, unicode.L, unicode.N, unicode.Co):
		return letter
	case r > 0x2000 && r != utf8.RuneError && unicode.Is(unicode.So, r):
		return symbol
	}
	return space
}

func clusterOrSpace(r rune) int {
	if unicode.In(r, unicode.L, unicode.N) {
		return cluster
	}
	return space // Tibetan tsheg and the like
}

// words scans text once. A word ends where the class of runes changes.
func words(text string) []word {
	text = norm.NFKC.String(text)
	out := make([]word, 0, len(text)/6) // an English word with its space
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		class := classOf(r)
		if class == space || class == mark {
			text = text[size:]
			continue
		}
		n := runLength(text, class)
		run, rest := text[:n], text[n:]
		switch class {
		case letter:
			tail := sharpOrPlus(rest)
			out = appendIdentifier(out, run, tail)
			rest = rest[len(tail):]
		case cluster:
			out = append(out, word{clusters: clusters(run)})
		case symbol:
			if whole := strings.TrimRightFunc(notes.Fold(run), func(r rune) bool { return classOf(r) == mark }); whole != "" {
				out = append(out, word{whole: whole})
			}
		}
		text = rest
	}
	return out
}

// runLength is the length of the run of one class, with its marks, at the start of text. A symbol is a run by itself.
func runLength(text string, class int) int {
	first := true
	for i, r := range text {
		if c := classOf(r); !first && c != mark && (c != class || class == symbol) {
			return i
		}
		first = false
	}
	return len(text)
}

// sharpOrPlus is the "++" or "#" that ends the name of a language, if text starts with one.
func sharpOrPlus(text string) string {
	for _, tail := range []string{"++", "#"} {
		if rest, ok := strings.CutPrefix(text, tail); ok {
			if next, _ := utf8.DecodeRuneInString(rest); rest == "" || classOf(next) == space && next != '#' {
				return tail
			}
		}
	}
	return ""
}

func clusters(run string) []string {
	var out []string
	for _, r := range notes.Fold(run) {
		if classOf(r) == mark && len(out) > 0 {
			out[len(out)-1] = cut(out[len(out)-1] + string(r))
		} else {
			out = append(out, string(r))
		}
	}
	return out
}

// cut keeps the first maxTerm runes.
func cut(s string) string {
	if len(s) <= maxTerm {
		return s
	}
	n := 0
	for i := range s {
		if n == maxTerm {
			return s[:i]
		}
		n++
	}
	return s
}

// appendIdentifier adds the word that a run of letters, digits and underscores makes, if there is a letter or digit in it.
func appendIdentifier(out []word, run, tail string) []word {
	run = strings.Trim(run, "_")
	w := word{whole: cut(notes.Fold(run))}
	if w.whole == "" {
		return out
	}
	if tail == "" && humpLength(run) == len(run) && !strings.Contains(run, "_") { // most words
		return append(out, w)
	}
	for part := range strings.SplitSeq(run, "_") {
		for part != "" {
			n := humpLength(part)
			if folded := cut(notes.Fold(part[:n])); folded != "" {
				w.parts = append(w.parts, folded)
			}
			part = part[n:]
		}
	}
	switch {
	case tail != "":
		w.whole += tail
	case len(w.parts) < 2:
		w.parts = nil
	}
	return append(out, w)
}

// humpLength is the length of the first hump of a camelCase name: "get" of getUser, "HTTP" of HTTPServer, "Sha256" of Sha256Sum.
func humpLength(s string) int {
	var before rune // the rune before the one at hand
	start := -1     // where a run of capitals may give its last one to the next hump
	for i, r := range s {
		switch {
		case i == 0 || unicode.IsMark(r):
		case unicode.IsUpper(r):
			if !unicode.IsUpper(before) {
				return i
			}
			start = i
		case unicode.IsLower(r) && unicode.IsUpper(before) && start > 0:
			return start
		}
		before = r
	}
	return len(s)
}
