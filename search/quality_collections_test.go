//go:build cgo

package search_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/ingest"
	"amalfa/models"
	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store"
	"amalfa/store/cache"
)

// outside are collections that lie outside the tree, with the least nDCG@10 of the default mode, and how far above plain rank fusion
// it is: that is asked of collections of more than 200 documents.
var outside = []struct {
	name        string
	ndcg, above float64
}{{"adi", 0.52, -1}, {"med", 0.82, 0.005}, {"cranfield", 0.457, 0.005}, {"cacm", 0.55, 0.005}}

// The collections of AMALFA_EVAL, else of ../shared/eval, with the default model, in every mode and by plain rank fusion, and each
// asked the questions of all. Vectors are kept in the user's cache: the first run embeds 5,800 passages.
func TestQualityOfCollections(t *testing.T) {
	var own, others []float64
	for _, o := range outside {
		t.Run(o.name, func(t *testing.T) {
			c := outsideCollection(t, o.name)
			m := cachedModel(t)
			x := indexed(t, c, ingest.Options{Embedder: m, Count: m.tokens.Count, MaxTokens: m.files.Model.MaxTokens}, m)
			var got bytes.Buffer
			means := map[string]eval.Scores{}
			for _, mode := range []string{search.Keyword, search.Vector, search.Hybrid, "rrf"} {
				means[mode] = x.line(t, &got, c, mode)
			}
			holdAgainst(t, "collection-"+o.name+".txt", got.Bytes())
			hybrid, fused := means[search.Hybrid].NDCG, means["rrf"].NDCG
			if hybrid < o.ndcg || hybrid < fused+o.above {
				t.Errorf("nDCG@10 %.4f, of plain rank fusion %.4f; at least %.3f is asked, and %.3f more than that", hybrid, fused, o.ndcg, o.above)
			}
			answerable, refused := x.probabilities(t, c)
			if own = append(own, answerable...); refused > mostRefused {
				t.Errorf("%.3f of the answerable questions are refused", refused)
			}
			others = append(others, x.elsewhere(t, o.name)...)
		})
	}
	if len(own) == 0 {
		t.Skip("no collection lies here")
	}
	if auroc := eval.AUROC(own, others); auroc < leastAUROC {
		t.Errorf("AUROC %.4f over %d answerable and %d other questions", auroc, len(own), len(others))
	}
}

// elsewhere are the probabilities of the questions of the other collections.
func (x index) elsewhere(t *testing.T, name string) (all []float64) {
	t.Helper()
	for _, o := range outside {
		if o.name != name {
			p, _ := x.probabilities(t, outsideCollection(t, o.name))
			all = append(all, p...)
		}
	}
	return all
}

// line asks all questions in a mode and writes a line: mode, nDCG@10 of all, of the odd and of the even questions, MRR@10, recall@100.
func (x index) line(t *testing.T, w *bytes.Buffer, c eval.Collection, mode string) eval.Scores {
	t.Helper()
	var all, halves [2][]eval.Scores
	for i, q := range c.Questions {
		s := eval.Score(x.answer(t, q, mode), c.Judged[q.ID])
		all[0] = append(all[0], s)
		halves[i%2] = append(halves[i%2], s)
	}
	mean := eval.Mean(all[0])
	fmt.Fprintf(w, "%s %.4f %.4f %.4f %.4f %.4f\n", mode, mean.NDCG, eval.Mean(halves[0]).NDCG, eval.Mean(halves[1]).NDCG, mean.MRR, mean.Recall)
	return mean
}

// answer lists the documents that answer a question, best first.
func (x index) answer(t *testing.T, q eval.Question, mode string) []string {
	t.Helper()
	if mode == "rrf" {
		words, vectors, err := x.EachSide(t.Context(), search.Query{Text: q.Text, Plain: true})
		if err != nil {
			t.Fatal(err)
		}
		return eval.Fuse(x.notesOf(t, words), x.notesOf(t, vectors))
	}
	a, err := x.Search(t.Context(), search.Query{Text: q.Text, Plain: true, Mode: mode, Limit: eval.RecallDepth})
	if err != nil || mode != search.Keyword && len(a.Degraded) > 0 {
		t.Fatal(err, a.Degraded)
	}
	var documents []string
	for _, h := range a.Results {
		documents = append(documents, x.documents[h.ID])
	}
	return documents
}

// notesOf lists the documents of ranked passages, each where its best one stands.
func (x index) notesOf(t *testing.T, ranked []store.Match) []string {
	t.Helper()
	var documents []string
	seen := map[string]bool{}
	for _, m := range ranked {
		if d := x.byChunk[m.Chunk]; !seen[d] {
			seen[d] = true
			documents = append(documents, d)
		}
	}
	return documents
}

// holdAgainst compares lines of a name and numbers with a golden file, within the tolerance.
func holdAgainst(t *testing.T, name string, got []byte) {
	t.Helper()
	want := strings.Fields(golden(t, name, got))
	is := strings.Fields(string(got))
	if len(is) != len(want) {
		t.Fatalf("%s has other lines than\n%s", name, got)
	}
	for i := range is {
		var a, b float64
		if _, err := fmt.Sscan(want[i]+" "+is[i], &a, &b); err == nil && math.Abs(a-b) > tolerance || err != nil && is[i] != want[i] {
			t.Errorf("%s: %s was %s; if that is meant, run with -update:\n%s", name, is[i], want[i], got)
		}
	}
}

func outsideCollection(t *testing.T, name string) eval.Collection {
	t.Helper()
	root := os.Getenv("AMALFA_EVAL")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "eval")
	}
	if _, err := os.Stat(filepath.Join(root, name)); err != nil {
		t.Skipf("no such collection (AMALFA_EVAL names the folder that holds %s/): %v", name, err)
	}
	c, err := eval.Open(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cachedModel is the default model with a cache of vectors that later runs share.
func cachedModel(t *testing.T) *model {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no cache for vectors: ", err)
	}
	c, err := cache.Open(t.Context(), filepath.Join(dir, "amalfa-tests", "vectors-"+filepath.Base(models.DefaultName)+".db"), cache.Options{MaxBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return newModel(t, c)
}
