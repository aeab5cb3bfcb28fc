//go:build cgo

package ask

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// A count of what the check said of planted sentences: kept and marked, rightly or not.
type count struct{ kept, marked, wronglyKept, wronglyMarked int }

func (c *count) add(supported, said bool) {
	switch {
	case supported && said:
		c.kept++
	case supported:
		c.wronglyMarked++
	case said:
		c.wronglyKept++
	default:
		c.marked++
	}
}

// precision and recall are of finding the unsupported.
func (c count) precision() float64 {
	return float64(c.marked) / float64(max(1, c.marked+c.wronglyMarked))
}
func (c count) recall() float64 { return float64(c.marked) / float64(max(1, c.marked+c.wronglyKept)) }

// keptPrecision and keptRecall are of finding the supported.
func (c count) keptPrecision() float64 {
	return float64(c.kept) / float64(max(1, c.kept+c.wronglyKept))
}
func (c count) keptRecall() float64 { return float64(c.kept) / float64(max(1, c.kept+c.wronglyMarked)) }

func (c count) String() string {
	return fmt.Sprintf("%3d + %3d sentences | unsupported: precision %.3f recall %.3f | supported: precision %.3f recall %.3f",
		c.kept+c.wronglyMarked, c.marked+c.wronglyKept, c.precision(), c.recall(), c.keptPrecision(), c.keptRecall())
}

// leastFound is what precision and recall of finding the unsupported, and those of finding the supported, must come to.
const leastFound = 0.9

// TestPlanted counts what the check finds with the program's own embedder, on sentences of templates that no threshold was set by.
// Negations are stated as they are.
func TestPlanted(t *testing.T) {
	score := realScorer(t)
	counts := map[string]*count{}
	for _, p := range allPlanted(t) {
		said := checkUnits(t.Context(), newClaim(p.sentence), p.source().units(), score).supported
		for _, key := range []string{p.half + " " + p.class, p.half + " " + p.class + " " + p.vault} {
			counts[key] = cmp.Or(counts[key], &count{})
			counts[key].add(p.supported, said)
		}
		if said != p.supported {
			t.Logf("%s %s %s: said %v: %s", p.half, p.vault, p.class, said, p.sentence)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-32s %s", key, counts[key])
	}
	for _, class := range []string{"number", "name", "topic"} {
		c := counts["held-out "+class]
		if min(c.precision(), c.recall(), c.keptPrecision(), c.keptRecall()) < leastFound {
			t.Errorf("%s: %s, not at least %v", class, c, leastFound)
		}
	}
}

// A rated sentence is one of which only the subject is in question: its cosine, its share of words.
type rated struct {
	near, cover, weight float64
	supported           bool
}

// TestThresholds chooses nearSubject and coverWeight on the calibration half: of those that are wrong no more than closeBest more often
// than the best, those that keep least that is not supported, and of these the middle. Sentences in another language than the note are left out: the model
// knows English.
func TestThresholds(t *testing.T) {
	score := realScorer(t)
	var all []rated
	for _, p := range allPlanted(t) {
		w, units := newClaim(p.sentence), p.source().units()
		windows := windowsOf(w, units)
		v := checkUnits(t.Context(), w, units, func(context.Context, string, []string) ([]float64, error) { return []float64{2}, nil })
		if p.half != "calibration" || p.class != "topic" || !v.supported || v.cover >= sureCover || w.leastNear(units) != nearSubject || w.otherLanguage(units) {
			continue
		}
		near, err := w.nearest(t.Context(), windows, units, score)
		if err != nil {
			t.Fatal(err)
		}
		r := rated{near: near, cover: v.cover, weight: 1, supported: p.supported}
		if p.vault != "shipped" { // one template, several notes
			r.weight /= plantedNotes
		}
		all = append(all, r)
	}
	best, weight, least := chooseThresholds(all)
	right, _ := share(all, coverWeight, nearSubject)
	t.Logf("of %d: weight %.2f, least %.2f (right %.3f); in the program %v, %v (%.3f)", len(all), weight, least, best, coverWeight, nearSubject, right)
	if right < best-closeBest {
		t.Errorf("the thresholds of the program are right in %.3f, others in %.3f", right, best)
	}
}

// closeBest is a difference of shares that says nothing, with some 70 templates.
const closeBest = 0.02

// chooseThresholds returns the middle of the pairs that are as good as any.
func chooseThresholds(all []rated) (best, weight, least float64) {
	type pair struct{ right, marked, weight, least float64 }
	var pairs []pair
	for i := range 13 {
		for j := range 60 {
			p := pair{weight: float64(i) * 0.05, least: 0.6 + float64(j)*0.01}
			p.right, p.marked = share(all, p.weight, p.least)
			best, pairs = max(best, p.right), append(pairs, p)
		}
	}
	pairs = slices.DeleteFunc(pairs, func(p pair) bool { return p.right < best-closeBest })
	most := slices.MaxFunc(pairs, func(a, b pair) int { return cmp.Compare(a.marked, b.marked) }).marked
	pairs = slices.DeleteFunc(pairs, func(p pair) bool { return p.marked < most })
	middle := pairs[len(pairs)/2]
	return best, middle.weight, middle.least
}

// share is how often thresholds are right, as the mean over the supported and the others, and over these alone.
func share(all []rated, weight, least float64) (right, marked float64) {
	var sum, ok [2]float64
	for _, r := range all {
		k := 0
		if r.supported {
			k = 1
		}
		sum[k] += r.weight
		if (r.near+weight*r.cover >= least) == r.supported {
			ok[k] += r.weight
		}
	}
	return (ok[0]/sum[0] + ok[1]/sum[1]) / 2, ok[0] / sum[0]
}
