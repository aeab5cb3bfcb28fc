package ask

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// A Scorer says how near each text is in meaning to a sentence, -1 to 1, as the cosine of an embedding model.
type Scorer func(ctx context.Context, sentence string, texts []string) ([]float64, error)

// Thresholds of the check, the one home of them; docs/decisions/0067 says what they do. nearSubject and coverWeight are what
// TestThresholds chooses on the calibration half of the planted sentences with bge-small-en-v1.5. Of sentences whose numbers or names all
// stand in the evidence none is planted that speaks of something else and passes the other tests: nearFacts and nearNames are set by hand
// to what supported ones come to. So are the rest.
const (
	nearSubject     = 0.87 // what the cosine and coverWeight times the share of the content words must come to
	coverWeight     = 0.25
	nearFacts       = 0.70 // the same of a sentence with a number, a date or a version
	nearNames       = 0.77 // and of one with a name that stands in the text itself
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
	scored          = 6    // windows whose vectors are looked at
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
	if len(all) == 0 {
		return verdict{cover: -1}
	}
	best := all[0]
	v := verdict{cover: best.cover, windows: [][2]int{{best.from, best.to}}}
	evidence := &words{content: map[string]float64{}, joined: map[string][2]string{}}
	evidence.add(best.words)
	for _, f := range w.missing(best.words) {
		part, ok := holding(f, w, all)
		if !ok || len(v.windows) == maxParts {
			return v
		}
		if !slices.Contains(v.windows, [2]int{part.from, part.to}) {
			v.windows = append(v.windows, [2]int{part.from, part.to})
			evidence.add(part.words)
		}
	}
	v.cover = w.coverBy(evidence, units)
	v.supported = w.sameSubject(ctx, v, all, units, score) && !w.contradicted(units, best.from, best.to)
	return v
}

// sameSubject is the test of the topic: by words and vectors together, and by words alone where there are none.
func (w *words) sameSubject(ctx context.Context, v verdict, all []window, units []unit, score Scorer) bool {
	least := w.leastNear(units)
	switch {
	case len(w.content) == 0 && len(w.facts) > 0, v.cover >= sureCover, least == nearFacts && w.otherLanguage(units):
		return true
	case score == nil:
		return v.cover >= enoughWords
	}
	near, err := w.nearest(ctx, all, units, score)
	if err != nil {
		return v.cover >= enoughWords
	}
	return near+coverWeight*v.cover >= least
}

// leastNear is what cosine and words must come to, where all facts of a sentence stand in the evidence.
func (w *words) leastNear(units []unit) float64 {
	switch {
	case slices.ContainsFunc(w.facts, func(f fact) bool { return f.kind != "name" && f.kind != "code" }):
		return nearFacts
	case w.namesInText(units):
		return nearNames
	}
	return nearSubject
}

// namesInText tells that a sentence has a name, for sure one, that stands in the text and not only above it.
func (w *words) namesInText(units []unit) bool {
	return slices.ContainsFunc(w.facts, func(f fact) bool {
		return f.kind == "code" || f.kind == "name" && !f.weak && slices.ContainsFunc(units, func(u unit) bool { return u.words.holds(f) && !u.head.holds(f) })
	})
}

// nearest is the best cosine of a sentence and the windows that say most of it, without their headings.
func (w *words) nearest(ctx context.Context, all []window, units []unit, score Scorer) (best float64, err error) {
	var texts []string
	for _, x := range all[:min(scored, len(all))] {
		var parts []string
		for _, u := range units[x.from:x.to] {
			parts = append(parts, u.text)
		}
		texts = append(texts, strings.Join(parts, " "))
	}
	if len(all) > scored {
		for _, u := range units[:min(len(units), 2*scored)] {
			if !slices.Contains(texts, u.text) {
				texts = append(texts, u.text)
			}
		}
	}
	scores, err := score(ctx, w.text, texts)
	if err != nil {
		return 0, err
	}
	return slices.Max(scores), nil
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
