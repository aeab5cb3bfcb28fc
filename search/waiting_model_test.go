//go:build cgo

package search_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"testing"

	"amalfa/ingest"
	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store"
)

// A waiting index is one whose vectors are being made: only some chunks have theirs.
type waiting struct {
	store.Store
	have *store.Set
}

func (w waiting) Nearest(ctx context.Context, digest string, query []float32, k int, among *store.Set) ([]store.Match, error) {
	return w.Store.Nearest(ctx, digest, query, k, w.have.And(among))
}

func (w waiting) VectorsOf(ctx context.Context, digest string, ids []int64) (*store.Vectors, error) {
	have, _ := w.have.And(store.NewSet(ids)).Listed()
	return w.Store.VectorsOf(ctx, digest, slices.Concat([]int64{}, have))
}

func (w waiting) CountVectors(context.Context, string) (int, error) { return w.have.Len(), nil }

// The more passages have a vector the better the answers: from those of words alone to those of hybrid, and what waits is on the first
// page about as often as it is in the index. Before waiting passages were weighed by what is to be expected of them, nDCG@10 with a
// tenth of the vectors was 0.389 (words alone: 0.676), and no passage that waited was on a first page with a third of them.
func TestQualityWhilePassagesWait(t *testing.T) {
	const name = "med"
	c := outsideCollection(t, name)
	m := cachedModel(t)
	x := indexed(t, c, ingest.Options{Embedder: m, Count: m.tokens.Count, MaxTokens: m.files.Model.MaxTokens}, m)
	words := eval.Mean(x.scores(t, c, search.Keyword)).NDCG
	var got bytes.Buffer
	last := 0.0
	for _, percent := range []int{10, 34, 66, 100} {
		p, waits := x.waiting(m, percent)
		ndcg := eval.Mean(p.scores(t, c, search.Hybrid)).NDCG
		shown := p.waitingShown(t, c, waits)
		fmt.Fprintf(&got, "%d ndcg@10 %.4f waiting %.2f\n", percent, ndcg, shown)
		if ndcg < words || ndcg < last {
			t.Errorf("nDCG@10 is %.4f with %d %% of the vectors, %.4f with fewer and %.4f by words alone", ndcg, percent, last, words)
		}
		if percent < 100 && shown < 0.6 {
			t.Errorf("with %d %% of the vectors those that wait are shown %.2f times as often as they are there", percent, shown)
		}
		last = ndcg
	}
	holdAgainst(t, "collection-waiting.txt", got.Bytes())
}

// waiting is the index while some percent of its documents, by chance, have their vectors. It tells which do not.
func (x index) waiting(m *model, percent int) (index, map[string]bool) {
	var have []int64
	waits := map[string]bool{}
	for chunk, document := range x.byChunk {
		h := fnv.New64a()
		fmt.Fprint(h, "seed ", document)
		if waits[document] = int(h.Sum64()>>32%100) >= percent; !waits[document] {
			have = append(have, chunk)
		}
	}
	st := waiting{x.store, store.NewSet(have)}
	return index{search.New(st, m, nil), x.documents, x.byChunk, st}, waits
}

func (x index) scores(t *testing.T, c eval.Collection, mode string) (all []eval.Scores) {
	t.Helper()
	for _, q := range c.Questions {
		all = append(all, eval.Score(x.answer(t, q, mode), c.Judged[q.ID]))
	}
	return all
}

// waitingShown is how often documents that wait are among the first ten, compared with their share of the collection.
func (x index) waitingShown(t *testing.T, c eval.Collection, waits map[string]bool) float64 {
	t.Helper()
	shown, of, there := 0, 0, 0
	for _, q := range c.Questions {
		for _, d := range x.answer(t, q, search.Hybrid)[:10] {
			of++
			if waits[d] {
				shown++
			}
		}
	}
	for _, w := range waits {
		if w {
			there++
		}
	}
	return float64(shown) / float64(of) / max(float64(there)/float64(len(waits)), 1e-9)
}
