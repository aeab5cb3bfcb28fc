//go:build cgo

package search_test

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"amalfa/search"
	"amalfa/search/eval"
)

// What confidence is held to: it tells the questions of other collections from those of the index, and refuses few of the latter.
const (
	leastAUROC   = 0.97
	mostRefused  = 0.03
	mostAccepted = 0.5 // of the others; measured: 0.15 and 0.12
)

// confident asks an index its own questions, those of the collections that lie beside the tree, and nonsense.
func confident(t *testing.T, x index, c eval.Collection) {
	for _, word := range []string{"xyzzyplugh", "qwertzuiop", "blarghfoo frobnicator", "zzyzx"} {
		if a := x.ask(t, word); a.Confidence != search.None {
			t.Errorf("%s: %s (%.3f)", word, a.Confidence, a.Probability)
		}
	}
	own, refused := x.probabilities(t, c)
	if refused > mostRefused {
		t.Errorf("%.3f of the answerable questions are refused", refused)
	}
	dir := cmp.Or(os.Getenv("AMALFA_EVAL"), filepath.Join("..", "..", "shared", "eval"))
	var others []float64
	accepted := 0.0
	for _, name := range []string{"adi", "cacm", "cranfield", "med"} {
		other, err := eval.Open(filepath.Join(dir, name))
		if err != nil {
			t.Skipf("no collection to ask the questions of (AMALFA_EVAL names their folder): %v", err)
		}
		p, none := x.probabilities(t, other)
		others, accepted = append(others, p...), accepted+float64(len(p))*(1-none)
	}
	auroc, share := eval.AUROC(own, others), accepted/float64(len(others))
	t.Logf("AUROC %.4f, %.3f refused, %.3f accepted", auroc, refused, share)
	if auroc < leastAUROC || share > mostAccepted {
		t.Errorf("AUROC %.4f, and %.3f of what it does not answer accepted", auroc, share)
	}
}

// ask asks as prose.
func (x index) ask(t *testing.T, text string) search.Answer {
	t.Helper()
	a, err := x.Search(t.Context(), search.Query{Text: text, Plain: true, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (x index) probabilities(t *testing.T, c eval.Collection) (all []float64, none float64) {
	t.Helper()
	for _, q := range c.Questions {
		a := x.ask(t, q.Text)
		all = append(all, a.Probability)
		if a.Confidence == search.None {
			none++
		}
	}
	return all, none / float64(len(all))
}
