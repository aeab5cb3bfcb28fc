package ask

import (
	"strconv"
	"unicode/utf8"

	"amalfa/store/text"
)

// A fact is a part of a sentence that must stand in its evidence: a number with its unit, a version, a date, a name.
type fact struct {
	kind string // "number", "version", "date", "name"
	text string // normal form
	unit string // of a number, "" for none that is known
	date [3]int // year, month, day; 0 for what is not said
	weak bool   // a name that only its capital at the beginning of the sentence speaks for
}

// words are what a text says: its content, stemmed, and its facts.
type words struct {
	text     string
	content  map[string]float64
	facts    []fact
	negative bool
}

func newWords(s string) *words {
	w := &words{text: s, content: map[string]float64{}, negative: isNegative(s)}
	rest := w.takeNumbers(s)
	w.takeNames(rest)
	for _, t := range text.Terms(rest) {
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
		w.content[text.Stem(t)] = weight
	}
	return w
}

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
			if f.text == g.text && (f.unit == g.unit || f.unit == "" || g.unit == "") {
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
	return f.kind == "name" && w.spells(f.text)
}

func termsOf(s string) (all []string) {
	for _, t := range text.Terms(s) {
		all = append(all, text.Stem(t))
	}
	return all
}
