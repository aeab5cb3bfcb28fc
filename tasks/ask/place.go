package ask

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// misplaced tells that a number or name stands in the evidence, but with other words: a clause that says clearly more of the fact's own
// clause has another fact of that kind.
func (w *words) misplaced(f fact, sentence []clause, units []unit) bool {
	own := w
	for _, c := range sentence {
		if c.holds(f) && w.without(f, c.words).tells(units) {
			own = c.words
			break
		}
	}
	content := w.without(f, own)
	if len(content.content) == 0 || f.owner {
		return false
	}
	weighByUnits(content.content, units)
	holding, other := -1.0, -1.0
	for i, u := range units {
		names := otherNames * float64(w.namesBeside(f, u.words))
		for _, c := range u.clauses {
			share := content.shareIn(c.words, u.words, u.head) + names
			switch { // what the headings name, all below them may be of
			case c.holds(f), f.kind == "name" && (u.head.holds(f) || i > 0 && refersBack(u.text) && units[i-1].words.holds(f)):
				holding = max(holding, share)
			case c.hasOther(f, w):
				other = max(other, share)
			}
		}
	}
	if f.kind == "name" {
		return holding >= 0 && other > holding+clearlyMoreName
	}
	return holding >= 0 && other > holding+clearlyMore
}

// tells that a clause has enough words to find what it speaks of: two, or one that the evidence has.
func (w *words) tells(units []unit) bool {
	return len(w.content) >= 2 || len(w.content) == 1 && slices.ContainsFunc(units, func(u unit) bool { return w.coverOf(u.words) == 1 })
}

// namesBeside counts the names of a sentence that a unit has, but for the one that f is of.
func (w *words) namesBeside(f fact, u *words) (n int) {
	seen := map[int]bool{}
	for _, g := range w.facts {
		if g.kind == "name" && !(f.kind == "name" && g.run == f.run) && !seen[g.run] && u.holds(g) {
			seen[g.run] = true
			n++
		}
	}
	return n
}

// weighByUnits makes words that many units say count less.
func weighByUnits(content map[string]float64, units []unit) {
	for t := range content {
		n := 0.0
		for _, u := range units {
			if u.words.says(t) {
				n++
			}
		}
		content[t] /= math.Sqrt(max(1, n))
	}
}

var pronoun = regexp.MustCompile(`(?i)\b(?:he|him|his|she|her|it|its|they|them|their|er|sie|ihr|sein|ihm)\b`)

// refersBack tells that a unit may speak of what the one before it names.
func refersBack(s string) bool { return pronoun.MatchString(s) }

// without is what a part of w says but for its names, where f is one.
func (w *words) without(f fact, part *words) *words {
	out := &words{text: part.text, content: map[string]float64{}, joined: part.joined}
	own := map[string]bool{}
	for _, g := range w.facts {
		if f.kind == "name" && g.kind == "name" {
			for _, t := range termsOf(g.text) {
				own[t] = true
			}
		}
	}
	for t, weight := range part.content {
		if !own[t] {
			out.content[t] = weight
		}
	}
	return out
}

// shareIn is how much of w a clause says; what the rest of its unit and its headings say counts less.
func (w *words) shareIn(c, unit, title *words) float64 {
	sum, held := 0.0, 0.0
	for t, weight := range w.content {
		sum += weight
		switch {
		case c.says(t) || w.writtenAsOne(t, c):
			held += weight
		case unit.says(t):
			held += besideWeight * weight
		case title.says(t):
			held += aboveWeight * weight
		}
	}
	return held / sum
}

// hasOther tells whether a clause has a fact of f's kind in its place: one that the sentence does not have.
func (w *words) hasOther(f fact, sentence *words) bool {
	for _, g := range w.facts {
		switch {
		case g.kind != f.kind, sentence.holdsSubject(g), g.kind == "name" && w.runHeld(g, sentence):
		case f.kind == "number" && (f.unit == "") == (g.unit == "") && sameUnit(f.unit, g.unit), f.kind == "date":
			return true
		case f.kind == "name" && shape(f.text, sentence.text) == shape(g.text, w.text) && dayNames[f.text] == dayNames[g.text]:
			return true
		}
	}
	return false
}

// holdsSubject tells that a sentence has a fact, and not only as the one that something belongs to.
func (w *words) holdsSubject(f fact) bool {
	return w.holds(f) && !(f.kind == "name" && slices.ContainsFunc(w.facts, func(g fact) bool { return g.owner && sameName(f.text, g.text) }))
}

// runHeld tells that the sentence has a part of a name.
func (w *words) runHeld(g fact, sentence *words) bool {
	return slices.ContainsFunc(w.facts, func(h fact) bool { return h.kind == "name" && h.run == g.run && sentence.holdsSubject(h) })
}

var dayNames = listed("monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays")

// shape tells names of programs and abbreviations from others.
func shape(name, text string) bool {
	at := strings.Index(strings.ToLower(text), name)
	if at < 0 || at+len(name) > len(text) {
		return false
	}
	inside := text[at:min(len(text), at+len(name))]
	return len(inside) > 1 && strings.ContainsAny(inside[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
}

func sameFact(a, b fact) bool { return a.kind == b.kind && a.text == b.text }
