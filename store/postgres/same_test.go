package postgres_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/store/text"
	"amalfa/testdata/pgserver"
)

// both are an index on a server and one in a file, which are told the same.
type both struct{ server, file store.Store }

func openBoth(t *testing.T) both {
	t.Helper()
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return both{open(t, pgserver.Shared(t).Database(t)), file}
}

func (b both) apply(t *testing.T, batch store.Batch) {
	t.Helper()
	for _, st := range []store.Store{b.server, b.file} {
		if err := st.Apply(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
}

// same asks both the same, and compares what they say. Scores are added up in another order.
func same[T any](t *testing.T, b both, what string, ask func(st store.Store) (T, error)) {
	t.Helper()
	want, err := ask(b.file)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	got, err := ask(b.server)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(store.Set{}), cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 1e-6)); d != "" {
		t.Errorf("%s: file and server differ:\n%s", what, d)
	}
}

// vault makes random notes of a few words, some of which are the same as others'.
type vault struct {
	r     *rand.Rand
	zipf  *rand.Zipf
	model store.Model
}

func newVault(seed uint64) *vault {
	r := rand.New(rand.NewPCG(seed, 17))
	return &vault{r, rand.NewZipf(r, 1.2, 4, 400), store.Model{Digest: "d", Name: "n", Dim: 16}}
}

func (v *vault) words(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("w%d%s", v.zipf.Uint64(), []string{"", "s", "ing"}[v.r.IntN(3)])
	}
	return strings.Join(list, " ")
}

func (v *vault) note(id string) store.Put {
	p := store.Put{Note: store.Note{ID: id, Title: v.words(2), Hash: fmt.Sprint("h", v.r.Uint64()), Size: 10, MTime: v.r.Int64N(2e18), Kind: []string{"markdown", "Go"}[v.r.IntN(2)]}}
	if v.r.IntN(2) == 0 {
		p.Note.Date, p.Note.DateFrom = fmt.Sprintf("20%02d-%02d-11", 10+v.r.IntN(20), 1+v.r.IntN(12)), "name"
	}
	p.Note.Tags = []string{[]string{"sea", "sea/tides", "seal", "moon"}[v.r.IntN(4)]}
	for i := range 1 + v.r.IntN(5) {
		passage := v.words(5 + v.r.IntN(20))
		if v.r.IntN(4) == 0 {
			passage = "the same in many notes"
		}
		p.Chunks = append(p.Chunks, store.Chunk{Seq: i, Heading: []string{v.words(1)}, FirstLine: i + 1, LastLine: i + 1, Tokens: 7, Hash: "c:" + passage, Text: passage})
	}
	p.Edges = []store.Edge{{Source: id, Target: fmt.Sprintf("n%d.md", v.r.IntN(60)), Type: "LINKS_TO", Weight: 1, Line: 1}}
	return p
}

func (v *vault) vector() []float32 {
	out := make([]float32, v.model.Dim)
	sum := 0.0
	for i := range out {
		out[i] = float32(v.r.NormFloat64())
		sum += float64(out[i]) * float64(out[i])
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(sum))
	}
	return out
}

// batch changes a few notes and gives most of their passages vectors, at once or later.
func (v *vault) batch() store.Batch {
	b := store.Batch{Model: v.model, Vectors: map[string][]float32{}, More: v.r.IntN(3) == 0}
	seen := map[string]bool{}
	for range 1 + v.r.IntN(12) {
		id := fmt.Sprintf("%sn%d.md", []string{"", "deep/"}[v.r.IntN(2)], v.r.IntN(60))
		switch {
		case seen[id]:
		case v.r.IntN(5) == 0:
			b.Deletes = append(b.Deletes, id)
		default:
			p := v.note(id)
			for _, c := range p.Chunks {
				if v.r.IntN(5) > 0 {
					b.Vectors[c.Hash] = v.vector()
				}
			}
			b.Puts = append(b.Puts, p)
		}
		seen[id] = true
	}
	return b
}

// expression is one of up to three parts.
func (v *vault) expression() string {
	part := func() string {
		switch v.r.IntN(4) {
		case 0:
			return text.Phrase(v.words(2))
		case 1:
			return text.Term(v.words(1)[:2] + text.AnyEnd)
		}
		return text.Term(v.words(1))
	}
	switch v.r.IntN(4) {
	case 0:
		return text.Not(part(), part())
	case 1:
		return text.And(part(), part())
	}
	return text.Or(part(), part(), text.And(part(), part()))
}

// Whatever was added, changed and removed in whatever batches, an index on a server answers as one in a file does: the same chunks, in the
// same order, of the same score, and the same of vectors and of what lacks them.
func TestServerAnswersAsAFile(t *testing.T) {
	b, v := openBoth(t), newVault(1)
	for round := range 40 {
		b.apply(t, v.batch())
		if round%4 == 3 || round < 3 {
			b.compare(t, v)
		}
	}
	b.apply(t, store.Batch{Whole: true})
	b.compare(t, v)
	for _, st := range []store.Store{b.server, b.file} {
		if err := st.SetActiveModel(t.Context(), v.model); err != nil {
			t.Fatal(err)
		}
	}
	same(t, b, "the active model", func(st store.Store) (store.Model, error) { return st.ActiveModel(t.Context()) })
	b.compare(t, v)
	other := store.Model{Digest: "e", Name: "m", Dim: 2}
	for _, st := range []store.Store{b.server, b.file} {
		if err := st.SetActiveModel(t.Context(), other); err != nil {
			t.Fatal(err)
		}
	}
	b.compare(t, v)
}

func (b both) compare(t *testing.T, v *vault) {
	t.Helper()
	ctx := t.Context()
	graph, err := b.file.Graph(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var chunks []int64
	var ids, hashes []string
	for _, n := range graph.Notes {
		list, err := b.file.Chunks(ctx, n.ID)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n.ID)
		for _, c := range list {
			chunks, hashes = append(chunks, c.ID), append(hashes, c.Hash)
		}
	}
	some := store.NewSet(chunks[:len(chunks)/3])
	for range 12 {
		expr := v.expression()
		limit := 1 + v.r.IntN(30)
		for name, set := range map[string]*store.Set{"all": nil, "some": some, "others": some.Not()} {
			same(t, b, expr+" among "+name, func(st store.Store) ([]store.Match, error) { return st.KeywordAmong(ctx, expr, set, limit) })
		}
		same(t, b, "count "+expr, func(st store.Store) (int, error) { return st.Count(ctx, expr, limit) })
		same(t, b, "matching "+expr, func(st store.Store) (map[int64]bool, error) { return st.Matching(ctx, expr, chunks) })
	}
	words := text.QueryTerms(v.words(5))
	same(t, b, "frequencies", func(st store.Store) ([]int, error) {
		n, holding, err := st.Frequencies(ctx, words)
		return append(holding, n), err
	})
	same(t, b, "near", func(st store.Store) ([]string, error) { return st.Near(ctx, "w1ning", 20) })
	b.compareVectors(t, v, chunks, ids, hashes)
	b.compareFilters(t)
}

func (b both) compareVectors(t *testing.T, v *vault, chunks []int64, ids, hashes []string) {
	t.Helper()
	ctx, d, query := t.Context(), v.model.Digest, v.vector()
	some := store.NewSet(chunks[len(chunks)/2:])
	for name, set := range map[string]*store.Set{"all": nil, "some": some, "others": some.Not(), "none": store.NewSet(nil)} {
		for _, k := range []int{0, 1, 10, 1000, math.MaxInt32} {
			same(t, b, fmt.Sprintf("nearest %d of %s", k, name), func(st store.Store) ([]store.Match, error) { return st.Nearest(ctx, d, query, k, set) })
		}
	}
	for name, list := range map[string][]int64{"all": nil, "some": append(chunks[:len(chunks)/2:len(chunks)/2], 1<<40), "none": {}} {
		same(t, b, "vectors of "+name, func(st store.Store) (map[int64][]float32, error) {
			v, err := st.VectorsOf(ctx, d, list)
			if err != nil {
				return nil, err
			}
			rows := map[int64][]float32{}
			for _, id := range v.IDs {
				rows[id], _ = v.Row(id)
			}
			return rows, nil
		})
	}
	same(t, b, "has vectors", func(st store.Store) (map[string]bool, error) { return st.HasVectors(ctx, d, hashes) })
	same(t, b, "count vectors", func(st store.Store) (int, error) { return st.CountVectors(ctx, d) })
	same(t, b, "without vectors", func(st store.Store) ([]string, error) { return st.WithoutVectors(ctx, d) })
	for name, among := range map[string][]string{"all": nil, "some": ids[:len(ids)/2]} {
		same(t, b, "waiting of "+name, func(st store.Store) (map[string]store.Waiting, error) {
			list, err := st.Waiting(ctx, d, among)
			byID := map[string]store.Waiting{}
			tokens := int64(0)
			for _, w := range list {
				tokens += w.Tokens
				w.Tokens = 0 // of a passage that two lack, the first one has them
				byID[w.ID] = w
			}
			byID["tokens of all"] = store.Waiting{Tokens: tokens}
			return byID, err
		})
	}
	same(t, b, "waiting since", func(st store.Store) ([]string, error) { return st.WaitingSince(ctx, d, 1e18, 10) })
	same(t, b, "waiting passages", func(st store.Store) (map[string]int, error) { return st.WaitingPassages(ctx, d, ids[0]) })
}

func (b both) compareFilters(t *testing.T) {
	t.Helper()
	for _, c := range []store.Condition{
		{By: store.ByPath, Values: []string{"deep/"}}, {By: store.ByPath, Values: []string{"n1*", "n2*.md"}, Not: true},
		{By: store.ByTag, Values: []string{"sea"}}, {By: store.ByTag, Values: []string{"moon", "sea/tides"}, Not: true},
		{By: store.ByType, Values: []string{"go"}}, {By: store.ByType, Values: []string{"MD"}},
		{By: store.ByAfter, Values: []string{"2015-06-01"}}, {By: store.ByBefore, Values: []string{"2000-01-01", "2018-01-01"}},
		{By: store.ByLink, Values: []string{"n1.md", "n2.md", "n3.md"}},
	} {
		conditions := []store.Condition{c, {By: store.ByType, Values: []string{"nothing"}, Not: true}}
		same(t, b, fmt.Sprint("select ", c), func(st store.Store) (*store.Set, error) { return st.Select(t.Context(), conditions) })
		same(t, b, fmt.Sprint("newest ", c), func(st store.Store) ([]int64, error) { return st.Newest(t.Context(), conditions, 7) })
	}
	for _, c := range []store.Condition{{By: "size", Values: []string{"1"}}, {By: store.ByTag}, {By: store.ByAfter, Values: []string{"yesterday'; DROP TABLE amalfa.notes; --"}}} {
		for _, st := range []store.Store{b.server, b.file} {
			if _, err := st.Select(t.Context(), []store.Condition{c}); err == nil {
				t.Errorf("%T selects by %v", st, c)
			}
		}
	}
}

// A reader that keeps pages asks on while another process merges them away, and never meets a page that is gone.
func TestReaderBesideMerges(t *testing.T) {
	url := pgserver.Shared(t).Database(t)
	writer, reader := open(t, url), open(t, url)
	var st store.Store = writer
	put := func(i int) error {
		p := newVault(uint64(i)).note(fmt.Sprintf("n%d.md", i%7))
		p.Chunks[0].Text, p.Chunks[0].Hash = "water and wine", fmt.Sprint("water", i)
		return st.Apply(t.Context(), store.Batch{Puts: []store.Put{p}})
	}
	if err := put(0); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		defer close(done)
		for i := 1; i < 120; i++ {
			if err := put(i); err != nil {
				done <- err
				return
			}
		}
	}()
	for asked := 0; ; asked++ {
		found, err := reader.Keyword(t.Context(), text.Or(text.Term("water"), text.Phrase("and wine")), 100)
		if err != nil || len(found) == 0 {
			t.Fatalf("question %d: %v, %v", asked, found, err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			final, err := reader.Keyword(t.Context(), text.Term("water"), 100)
			if err != nil || len(final) != 7 {
				t.Fatal(final, err)
			}
			return
		default:
		}
	}
}
