package ask

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// A Scorer says how near each text is in meaning to each sentence, -1 to 1, as the cosine of an embedding model: a row for each sentence.
type Scorer func(ctx context.Context, sentences, texts []string) ([][]float64, error)

// Thresholds of the check, the one home of them; docs/decisions/0067 says what they do. Of sentences whose numbers or names all stand in
// the evidence few are planted that speak of something else and pass the other tests: nearFacts and nearNames are set by hand to what
// supported ones come to. So are the rest.
const (
	leastLikely     = 0.4  // how likely a sentence must be supported by [signs.probability]
	leastBeside     = 0.1  // the same of one with a number that says more than that number speaks for
	nearFacts       = 0.70 // what the cosine and coverWeight times the share of the content words must come to, with a number, a date or a version
	nearNames       = 0.77 // the same with a name that stands in the text itself
	coverWeight     = 0.25
	sureCover       = 0.85 // share of the content words from which words alone say that the subject is the same
	enoughWords     = 0.6  // that share where there is no embedding model
	enoughDenied    = 0.6  // share of a clause that another one must say to deny it
	clearlyMore     = 0.2  // by how much more of a number's clause another one must say
	clearlyMoreName = 0.35 // and of a name's
	otherNames      = 0.5  // weight of a name that stands beside a fact
	besideWeight    = 0.25 // weight of a word in the same unit, but not the same clause
	aboveWeight     = 0.3  // and of one in the headings
	maxWindow       = 3    // units that support a sentence together
	maxParts        = 3    // windows that do, where a sentence merges what stands apart
	scored          = 6    // windows of several units whose vectors are looked at
	scoredUnits     = 16   // and units
	clausesLeft     = 4    // clauses of a sentence that are left out, one at a time
)

// A verdict is what the check found: whether units support a sentence, and which.
type verdict struct {
	supported bool
	cover     float64
	windows   [][2]int // of the units, from and to
}

// checkUnits holds a sentence against units. The best window is the one that says most of it; facts that are not in it may stand in
// others that speak of the same.
func checkUnits(ctx context.Context, w *words, units []unit, score Scorer) verdict {
	all := windowsOf(w, units)
	v, sound := gather(w, all, units)
	v.supported = sound && w.sameSubject(ctx, v, all, units, score)
	return v
}

// gather puts the evidence of a sentence together. It is sound where it holds all facts and denies nothing.
func gather(w *words, all []window, units []unit) (v verdict, sound bool) {
	if len(all) == 0 {
		return verdict{cover: -1}, false
	}
	best := all[0]
	v = verdict{cover: best.cover, windows: [][2]int{{best.from, best.to}}}
	evidence := &words{content: map[string]float64{}, joined: map[string][2]string{}}
	evidence.add(best.words)
	for _, f := range w.missing(best.words) {
		part, ok := holding(f, w, all)
		if !ok || len(v.windows) == maxParts {
			return v, false
		}
		if !slices.Contains(v.windows, [2]int{part.from, part.to}) {
			v.windows = append(v.windows, [2]int{part.from, part.to})
			evidence.add(part.words)
		}
	}
	v.cover = w.coverBy(evidence, units)
	return v, !w.contradicted(units, best.from, best.to)
}

// sameSubject is the test of the topic: by words and vectors together, and by words alone where there are none.
func (w *words) sameSubject(ctx context.Context, v verdict, all []window, units []unit, score Scorer) bool {
	numbers := slices.ContainsFunc(w.facts, func(f fact) bool { return f.kind != "name" && f.kind != "code" })
	switch {
	case len(w.content) == 0 && len(w.facts) > 0, v.cover >= sureCover, numbers && w.otherLanguage(units):
		return true
	case score == nil:
		return v.cover >= enoughWords
	}
	s, err := w.signs(ctx, all, units, score)
	near := s[byWindow] + coverWeight*v.cover
	switch {
	case err != nil:
		return v.cover >= enoughWords
	case numbers && w.saysMore():
		return s.probability() >= leastBeside
	case numbers:
		return near >= nearFacts
	case w.namesInText(units) && !w.saysMore():
		return near >= nearNames
	}
	return s.probability() >= leastLikely
}

// saysMore tells that a sentence has a clause for which none of its facts speaks.
func (w *words) saysMore() bool {
	return slices.ContainsFunc(clausesOf(w.text, false), func(c clause) bool { return len(c.facts) == 0 && len(c.content) > 1 })
}

// namesInText tells that a sentence has a name, for sure one, that stands in the text and not only above it.
func (w *words) namesInText(units []unit) bool {
	return slices.ContainsFunc(w.facts, func(f fact) bool {
		return f.kind == "code" || f.kind == "name" && !f.weak && slices.ContainsFunc(units, func(u unit) bool { return u.words.holds(f) && !u.head.holds(f) })
	})
}

// coverBy is the share of the content that the evidence says, where words that many units say count less.
func (w *words) coverBy(evidence *words, units []unit) float64 {
	weighted := &words{content: maps.Clone(w.content), joined: w.joined}
	weighByUnits(weighted.content, units)
	return weighted.coverOf(evidence)
}

// otherLanguage tells that a sentence and the units are in different languages, as far as function words show. The embedding model of
// the program knows English alone: then numbers decide.
func (w *words) otherLanguage(units []unit) bool {
	var b strings.Builder
	for _, u := range units {
		b.WriteString(u.text + " ")
	}
	return w.foreign(b.String())
}

func (w *words) foreign(evidence string) bool {
	said := languageOf(w.text)
	if said == "" {
		return false
	}
	other := languageOf(evidence)
	return other != "" && said != other
}
