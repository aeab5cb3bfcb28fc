package ask

import (
	"context"
	"math"
	"slices"
	"strings"
)

// What is looked at to tell a paraphrase from a sentence that says something else of the same subject. A paraphrase says all of a sentence
// in other words; what says something else is near but for a part, and comes nearer without that part.
const (
	byWindow  = iota // cosine of the sentence and what is nearest to it: a unit, or some in a row
	byMargin         // how much nearer the nearest unit is than the next, which counts as 0.4 at least
	byWithout        // how much nearer the same text gets when the words that no unit has are left out
	byRest           // how much nearer anything gets, at least, when one of the clauses is left out
	byForeign        // cosine of the sentence and of the words that no unit has, 0 where there are none
	byBehind         // cosine of the sentence and of the nearest unit with the sentence behind it
	byCover          // share of the content words that the nearest text has
	byUnsaid         // logarithm of 1 + the number of words that no unit has
	numSigns
)

// signs are the values of one sentence.
type signs [numSigns]float64

// supportModel and supportBias are a logistic regression over signs. TestThresholds fits it to the calibration half of the planted
// sentences with bge-small-en-v1.5; docs/decisions/0067 has its figures.
var supportModel = signs{byWindow: 18.14, byMargin: 5.00, byWithout: -21.82, byRest: 9.45, byForeign: -6.78, byBehind: -15.64, byCover: -0.66, byUnsaid: 2.78}

const supportBias = 1.16

// probability is how likely a sentence with these signs is supported, among as many that are and that are not.
func (s signs) probability() float64 { return s.probabilityBy(supportModel, supportBias) }

func (s signs) probabilityBy(model signs, bias float64) float64 {
	sum := bias
	for i, x := range s {
		sum += model[i] * x
	}
	return 1 / (1 + math.Exp(-sum))
}

// A shortened sentence is one with less in it.
type shortened struct {
	kept, foreign string   // without the words that no unit has, "" where nothing is left; those words
	rests         []string // without one of its clauses each
	unsaid        int
}

func (w *words) shorten(units []unit) (s shortened) {
	var kept, foreign []string
	for _, f := range strings.Fields(w.text) {
		if w.unsaid(f, units) {
			foreign = append(foreign, strings.Trim(f, `.,;:!?()"`))
		} else {
			kept = append(kept, f)
		}
	}
	s.unsaid, s.kept, s.foreign = len(foreign), strings.Join(kept, " "), strings.Join(foreign, " ")
	all := clausesOf(w.text, false)
	for _, c := range all[:min(clausesLeft, len(all))] {
		rest := strings.Join(strings.Fields(strings.Replace(w.text, strings.Trim(c.text, " ,;:."), " ", 1)), " ")
		if rest = strings.Trim(rest, " ,;:."); len(all) > 1 && rest != "" {
			s.rests = append(s.rests, rest)
		}
	}
	return s
}

// unsaid tells of a word with content that no unit says it.
func (w *words) unsaid(field string, units []unit) bool {
	return slices.ContainsFunc(termsOf(field), func(t string) bool {
		return w.content[t] > 0 && !slices.ContainsFunc(units, func(u unit) bool { return u.words.says(t) || w.writtenAsOne(t, u.words) })
	})
}

// A heldAgainst is a text that a sentence is held against.
type heldAgainst struct {
	window
	text string
}

// evidenceOf are the units that say most of a sentence, then what says most of it of several units in a row, without their headings.
func evidenceOf(all []window, units []unit) (single, several []heldAgainst) {
	for _, x := range all {
		var parts []string
		for _, u := range units[x.from:x.to] {
			parts = append(parts, u.text)
		}
		switch one := (heldAgainst{x, strings.Join(parts, " ")}); {
		case x.to == x.from+1 && len(single) < scoredUnits:
			single = append(single, one)
		case x.to > x.from+1 && len(several) < scored:
			several = append(several, one)
		}
	}
	return single, several
}

// signs looks at a sentence and the windows that it is held against, of which there is one at least.
func (w *words) signs(ctx context.Context, all []window, units []unit, score Scorer) (s signs, err error) {
	single, several := evidenceOf(all, units)
	against := slices.Concat(single, several)
	var texts []string
	for _, a := range against {
		texts = append(texts, a.text)
	}
	short := w.shorten(units)
	forms := append([]string{w.text}, short.rests...)
	if short.kept != "" {
		forms = append(forms, short.kept)
	}
	near, err := score(ctx, forms, texts)
	if err != nil {
		return s, err
	}
	best, unit := largest(near[0]), largest(near[0][:len(single)])
	s[byWindow], s[byMargin] = near[0][best], margin(near[0][:len(single)], unit)
	if short.kept != "" {
		s[byWithout] = near[len(forms)-1][best] - near[0][best]
	}
	s[byRest] = leastGain(near[1:1+len(short.rests)], near[0][best])
	s[byCover], s[byUnsaid] = w.coverOf(against[best].words), math.Log1p(float64(short.unsaid))
	s[byBehind], s[byForeign], err = w.beside(ctx, single[unit].text, short.foreign, score)
	return s, err
}

// margin is how much larger one of some cosines is than the others, which are 0.4 at least.
func margin(all []float64, best int) float64 {
	next := 0.4
	for i, x := range all {
		if i != best {
			next = max(next, x)
		}
	}
	return all[best] - next
}

// leastGain is how much nearer than whole the forms are at least, 0 where there are none.
func leastGain(near [][]float64, whole float64) (least float64) {
	for i, row := range near {
		if gain := slices.Max(row) - whole; i == 0 || gain < least {
			least = gain
		}
	}
	return least
}

// beside are the cosines of a sentence and the nearest unit with the sentence behind it, and of the sentence and its foreign words.
func (w *words) beside(ctx context.Context, unit, foreign string, score Scorer) (behind, alone float64, err error) {
	texts := []string{unit + " " + w.text}
	if foreign != "" {
		texts = append(texts, foreign)
	}
	near, err := score(ctx, []string{w.text}, texts)
	if err != nil {
		return 0, 0, err
	}
	if foreign != "" {
		alone = near[0][1]
	}
	return near[0][0], alone, nil
}

// largest is the place of the largest of some numbers, of which there is one at least.
func largest(all []float64) int { return slices.Index(all, slices.Max(all)) }
