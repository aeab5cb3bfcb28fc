package ask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// takeNames finds names: words with a capital inside a sentence, of capitals, or with capitals inside. In a text that writes many
// nouns with a capital, as German does, a word that an article or an adjective stands before is none.
func (w *words) takeNames(s string) {
	fields := strings.Fields(s)
	capitals, long := 0, 0
	for i, f := range fields {
		f = trimWord(f)
		if i > 0 && utf8.RuneCountInString(f) > 3 {
			long++
			if first, _ := utf8.DecodeRuneInString(f); unicode.IsUpper(first) {
				capitals++
			}
		}
	}
	nouns := long >= 3 && capitals*10 >= long*4 && german.MatchString(s)
	begins := true
	before := ""
	for _, raw := range fields {
		f := trimWord(raw)
		low := strings.ToLower(f)
		if isName, weak := nameLike(f, begins); isName && !functionWords[low] && monthOf(low) == 0 && spelledValue(f) == f && !(nouns && !weak && !strings.ContainsFunc(f[1:], unicode.IsUpper) && bindsNoun(before)) {
			w.facts = append(w.facts, fact{kind: "name", text: strings.TrimSuffix(strings.TrimSuffix(low, "'s"), "’s"), weak: weak || nouns})
		}
		begins = strings.HasSuffix(raw, ":") || strings.HasSuffix(raw, ";") || strings.HasSuffix(raw, ".") && len(raw) > 3
		if f != "" {
			before = low
		}
	}
}

func trimWord(f string) string {
	return strings.TrimFunc(f, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func nameLike(f string, begins bool) (name, weak bool) {
	first, size := utf8.DecodeRuneInString(f)
	if !unicode.IsUpper(first) || utf8.RuneCountInString(f) < 2 {
		return strings.ContainsFunc(f, unicode.IsUpper) && utf8.RuneCountInString(f) > 2, false // "iPhone"
	}
	inside := strings.ContainsFunc(f[size:], unicode.IsUpper)
	return true, begins && !inside
}

// bindsNoun tells words that stand before nouns: articles and adjectives of German.
func bindsNoun(w string) bool {
	for _, end := range []string{"e", "en", "er", "es", "em"} {
		if strings.HasSuffix(w, end) && utf8.RuneCountInString(w) >= 3 {
			return true
		}
	}
	return functionWords[w]
}

// spells looks for a name among all words, whatever capitals they have.
func (w *words) spells(name string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(w.text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }) {
		if sameName(name, word) {
			return true
		}
		for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '-' || r == '_' }) {
			if sameName(name, part) {
				return true
			}
		}
	}
	return false
}

// sameName tells whether two words are forms of one name: equal, or one with an ending of inflection behind the other.
func sameName(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if end, ok := strings.CutPrefix(b, a); ok && utf8.RuneCountInString(a) >= 3 {
		switch end {
		case "s", "'s", "’s", "es", "n", "en", "ns", "e", "er", "ern", "'", "’", "а", "у", "ом", "ы", "и", "ов", "ем", "е", "em", "owi", "iem", "u", "ia", "ie":
			return true
		}
	}
	ra, rb := []rune(a), []rune(b)
	return ra[0] > 0x24f && len(ra) >= 4 && len(rb)-len(ra) <= 2 && string(ra[:len(ra)-1]) == string(rb[:len(ra)-1])
}
