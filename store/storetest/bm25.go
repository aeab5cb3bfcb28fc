package storetest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/store"
	"amalfa/store/batch"
	"amalfa/store/text"
)

// plainBM25 is the formula over all chunks, without any index.
func plainBM25(t *testing.T, s store.Store, terms []string, limit int) []store.Match {
	t.Helper()
	type row struct {
		id      int64
		weights map[string]uint32
		length  float64
	}
	var rows []row
	var total float64
	df := map[string]float64{}
	notes, err := s.List(context.Background(), "", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notes {
		chunks, err := s.Chunks(context.Background(), n.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chunks {
			weights, length := map[string]uint32{}, 0.0
			for i, column := range batch.Columns(c, batch.TermsOf(n)) {
				for term := range strings.FieldsSeq(column) {
					weights[text.Stem(term)] += []uint32{2, 3, 4, 3}[i]
					length++
				}
			}
			rows = append(rows, row{c.ID, weights, length})
			total += length
			for term := range weights {
				df[term]++
			}
		}
	}
	best := store.Top{Limit: limit}
	n, average := float64(len(rows)), total/float64(len(rows))
	for _, r := range rows {
		sum := 0.0
		for _, term := range terms {
			tf := float64(r.weights[text.Stem(term)]) / 2
			idf := max(math.Log((n+1)/(df[text.Stem(term)]+0.5))-1, 0.01)
			sum += idf * 2.2 * tf / (tf + 1.2*(0.25+0.75*r.length/average))
		}
		if sum > 0 {
			best.Offer(store.Match{Chunk: r.id, Score: sum})
		}
	}
	return best.Sorted()
}

// ZipfText draws words of very different frequency, some of which share a stem.
func ZipfText(z *rand.Zipf, n int) string {
	var words []string
	for range n {
		words = append(words, fmt.Sprintf("w%c%s", 'a'+z.Uint64(), []string{"", "s"}[n%2]))
	}
	return strings.Join(words, " ")
}

// Whatever was added, changed and removed in whatever batches, the ranking is that of the formula over what is there.
func testKeywordIsExactBM25(t *testing.T, mk Maker) {
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.3, 2, 25)
	s := mk.fresh(t)
	for step := range 60 {
		var b store.Batch
		for range 1 + r.IntN(12) {
			id := fmt.Sprintf("n%d.md", r.IntN(40))
			if r.IntN(3) == 0 {
				b.Deletes = append(b.Deletes, id)
				continue
			}
			var texts []string
			for range r.IntN(60) {
				texts = append(texts, ZipfText(z, 3+r.IntN(20)))
			}
			b.Puts = append(b.Puts, Note(id, ZipfText(z, 2), texts...))
		}
		if err := s.Apply(context.Background(), b); err != nil {
			t.Fatal(err)
		}
		if step%6 != 5 {
			continue
		}
		if err := s.Check(context.Background()); err != nil {
			t.Fatal(err)
		}
		for range 8 {
			terms := strings.Fields(ZipfText(z, 1+r.IntN(6)))
			var leaves []string
			for _, term := range terms {
				leaves = append(leaves, text.Term(term))
			}
			limit := []int{1, 10, 100, 5000}[r.IntN(4)]
			got, err := s.Keyword(context.Background(), text.Or(leaves...), limit)
			if err != nil {
				t.Fatal(err)
			}
			if d := differs(plainBM25(t, s, terms, math.MaxInt), got, limit); d != "" {
				t.Fatalf("step %d, %v, limit %d: %s", step, terms, limit, d)
			}
		}
	}
}

// differs compares a ranking with that of all chunks. Sums that were added up in another order may swap what is equal.
func differs(all, got []store.Match, limit int) string {
	scores := map[int64]float64{}
	var want []float64
	for _, m := range all {
		scores[m.Chunk] = m.Score
		want = append(want, m.Score)
	}
	var ranked, own []float64
	seen := map[int64]bool{}
	for _, m := range got {
		ranked, own = append(ranked, m.Score), append(own, scores[m.Chunk])
		seen[m.Chunk] = true
	}
	want = want[:min(limit, len(want))]
	near := cmpopts.EquateApprox(1e-12, 0)
	return cmp.Diff(want, ranked, near, cmpopts.EquateEmpty()) + cmp.Diff(want, own, near, cmpopts.EquateEmpty()) + cmp.Diff(len(got), len(seen))
}

func testKeywordAmong(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "", "water water", "water one", "stone water high")}})
	all, err := s.Keyword(context.Background(), text.Term("water"), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		among *store.Set
		want  []int64
	}{
		{nil, []int64{1, 2, 3}}, {store.NewSet([]int64{3, 2}), []int64{2, 3}}, {store.NewSet([]int64{1}).Not(), []int64{2, 3}},
		{store.NewSet(nil), nil}, {store.NewSet([]int64{2, 9}).And(store.NewSet([]int64{9, 3}).Not()), []int64{2}}, {store.NewSet([]int64{2}).Or(store.NewSet([]int64{1, 2})), []int64{1, 2}},
	} {
		got, err := s.KeywordAmong(context.Background(), text.Term("water"), c.among, 10)
		if err != nil {
			t.Fatal(err)
		}
		var ids []int64
		for _, m := range got {
			ids = append(ids, m.Chunk)
			if i := slices.IndexFunc(all, func(a store.Match) bool { return a == m }); i < 0 {
				t.Errorf("score of %d is not that among all", m.Chunk)
			}
		}
		if d := cmp.Diff(c.want, ids); d != "" {
			t.Errorf("%+v: %s", c.among, d)
		}
	}
}
