package ask

import (
	"context"
	"strings"
	"unicode/utf8"
)

// contradicts looks at the one unit that says most of what the sentence says: it must not deny it, and where it has another number
// or name in the place of the sentence's, the evidence is about something else.
func (w *words) contradicts(s source, v verdict) bool {
	var nearest *words
	most := -1.0
	for _, u := range s.units[v.from:v.to] {
		if cover, facts := w.coveredBy(u.words); cover+facts/2 > most {
			most, nearest = cover+facts/2, u.words
		}
	}
	if nearest == nil || w.negative != nearest.negative || opposed(w.text, nearest.text) {
		return true
	}
	for _, f := range w.facts {
		if f.kind != "name" && w.misplaced(f, s, v) || f.kind == "name" && !nearest.holds(f) && v.swapped(w, s) {
			return true
		}
	}
	return false
}

// swapped tells that one unit says most of what the sentence says, and names what the sentence does not, while the name that
// is not in it stands in its headings or in another unit.
func (v verdict) swapped(w *words, s source) bool {
	for _, u := range s.units[v.from:v.to] {
		if cover, _ := w.coveredBy(u.words); cover < enoughWords {
			continue
		}
		for _, g := range u.words.facts {
			if g.kind == "name" && !g.weak && !w.holds(g) {
				return true
			}
		}
	}
	return false
}

// misplaced tells that a number stands in the evidence, but with other words: the unit that says clearly more of the number's clause
// than those that hold it has another number of that kind.
func (w *words) misplaced(f fact, s source, v verdict) bool {
	clause := newWords(clauseOf(w.text, f))
	holding, other := -1.0, -1.0
	for _, u := range s.units[max(0, v.from-2):min(len(s.units), v.to+2)] {
		cover, _ := clause.coveredBy(newWords(u.text))
		names := 0.0
		for _, g := range clause.facts {
			if g.kind == "name" && u.words.holds(g) {
				names += 0.5
			}
		}
		switch {
		case u.words.holds(f):
			holding = max(holding, cover+names)
		case u.words.hasKind(f):
			other = max(other, cover+names)
		}
	}
	return other > holding+0.15
}

func (w *words) hasKind(f fact) bool {
	for _, g := range w.facts {
		if g.kind == f.kind && g.unit == f.unit {
			return true
		}
	}
	return false
}

// clauseOf is the part of a sentence that holds a fact.
func clauseOf(s string, f fact) string {
	rest := strings.NewReplacer("; ", "\x00", ", and ", "\x00", " and ", "\x00", " while ", "\x00", " but ", "\x00", " whereas ", "\x00", ", ", "\x00", " und ", "\x00").Replace(s)
	for part := range strings.SplitSeq(rest, "\x00") {
		if w := newWords(part); len(w.content) >= 2 && w.holds(f) {
			return part
		}
	}
	return s
}

// sameSubject is the test of the topic: by words, and where these are not enough, by vectors.
func (w *words) sameSubject(ctx context.Context, s source, v verdict, score Scorer) bool {
	if v.cover >= enoughWords || len(w.content) == 0 && len(w.facts) > 0 {
		return true
	}
	if v.cover < someWords && asciiOnly(w.text) || score == nil {
		return false
	}
	var texts []string
	for _, u := range s.units[v.from:v.to] {
		texts = append(texts, u.text)
	}
	scores, err := score(ctx, w.text, []string{strings.Join(texts, " ")})
	return err == nil && len(scores) == 1 && scores[0] >= nearCosine
}

func asciiOnly(s string) bool { return utf8.RuneCountInString(s) == len(s) }
