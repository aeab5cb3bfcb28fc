package ask

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"amalfa/store/text"
)

// A fact is a part of a sentence that must stand in its evidence: a number with its unit, a version, a date, a name, a piece of code.
type fact struct {
	kind   string   // "number", "version", "date", "name", "code"
	text   string   // normal form
	unit   string   // of a number, "" for none that is known
	counts []string // what a number without a unit counts, stemmed
	rough  bool     // a number that the sentence says to be rounded
	date   [3]int   // year, month, day; 0 for what is not said
	weak   bool     // a name that only its capital at the beginning of the sentence speaks for
	owner  bool     // a name with 's
	run    int      // names that stand together have the same, from 1 on
}

// words are what a text says: its content, stemmed, and its facts.
type words struct {
	text    string
	plain   string // in small letters, numbers and days written in the one way
	content map[string]float64
	joined  map[string][2]string // two words in a row as one: "timeout" for "time out"
	facts   []fact
}

func newWords(s string) *words {
	w := &words{text: s, content: map[string]float64{}, joined: map[string][2]string{}}
	w.plain = strings.ToLower(rephrase(s))
	rest := w.takeNumbers(rephrase(s))
	w.takeNames(rest)
	before := ""
	for _, t := range text.Terms(rest) {
		one := stemOf(t)
		if before != "" {
			w.joined[before+one] = [2]string{before, one}
		}
		before = one
		if functionWords[t] || utf8.RuneCountInString(t) == 1 && t[0] < utf8.RuneSelf {
			continue
		}
		if _, err := strconv.Atoi(t); err == nil {
			continue
		}
		weight := 1.0
		if utf8.RuneCountInString(t) <= 3 && t[0] < utf8.RuneSelf {
			weight = 0.6
		}
		w.content[one] = weight
	}
	return w
}

// newClaim are the words of a sentence of an answer: with what it writes as code, which must stand in its evidence as it is.
func newClaim(raw string) *words {
	w := newWords(plain(raw))
	for _, m := range codeSpan.FindAllStringSubmatch(raw, -1) {
		if code := squash(strings.TrimSuffix(m[1], "()")); strings.ContainsAny(code, " /.=(") {
			w.facts = append(w.facts, fact{kind: "code", text: code})
		}
	}
	return w
}

var codeSpan = regexp.MustCompile("`([^`\n]{2,200})`")

// squash is a text in small letters with single spaces.
func squash(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// holds tells whether evidence says a fact.
func (w *words) holds(f fact) bool {
	for _, g := range w.facts {
		switch {
		case f.kind == "date" && g.kind == "date":
			if sameDate(f.date, g.date) {
				return true
			}
		case f.kind == "number" && g.kind == "date":
			if f.unit == "" && len(f.text) == 4 && f.text == strconv.Itoa(g.date[0]) {
				return true
			}
		case f.kind == "date" && g.kind == "number":
			if f.date == [3]int{atoi(g.text), 0, 0} {
				return true
			}
		case f.kind == "number" && g.kind == "number":
			if sameNumber(f, g) {
				return true
			}
		case f.kind == "version" && (g.kind == "version" || g.kind == "number"):
			if f.text == g.text {
				return true
			}
		case f.kind == "name" && g.kind == "name":
			if sameName(f.text, g.text) {
				return true
			}
		}
	}
	return f.kind == "name" && w.spells(f.text) || f.kind == "code" && strings.Contains(squash(w.text), f.text)
}

func termsOf(s string) (all []string) {
	for _, t := range text.Terms(s) {
		all = append(all, stemOf(t))
	}
	return all
}
