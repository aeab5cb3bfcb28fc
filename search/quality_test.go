package search_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store"
	"amalfa/store/sqlite"
)

var update = flag.Bool("update", false, "write the golden quality numbers anew")

// The collections of testdata/eval through the whole pipeline, by words alone, since that needs no model: a change that makes
// answers worse shows in the golden file. quality_model_test.go adds vectors.
func TestQualityByWords(t *testing.T) {
	var got bytes.Buffer
	fmt.Fprintln(&got, "collection   recall@1  recall@5  mrr@10  ndcg@10  recall@100")
	for _, name := range []string{"go-symbols", "go-sections"} {
		c := collection(t, name)
		q := indexed(t, c, ingest.Options{}, nil).quality(t, c, search.Keyword)
		fmt.Fprintf(&got, "%-12s %.4f    %.4f    %.4f  %.4f   %.4f\n", name, q.first, q.five, q.MRR, q.NDCG, q.Recall)
	}
	if d := cmp.Diff(golden(t, "words.txt", got.Bytes()), got.String()); d != "" {
		t.Errorf("answers by words changed; if for the better, run with -update: %s", d)
	}
}

func collection(t *testing.T, name string) eval.Collection {
	t.Helper()
	c, err := eval.Open(filepath.Join("..", "testdata", "eval", name))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// golden returns a golden file of testdata/golden/eval, written anew first with -update.
func golden(t *testing.T, name string, got []byte) string {
	t.Helper()
	path := filepath.Join("..", "testdata", "golden", "eval", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(want)
}

// An index is a collection that can be asked.
type index struct {
	*search.Searcher
	documents map[string]string // by note
	byChunk   map[int64]string  // likewise
	store     store.Store
}

// indexed puts a collection through the pipeline. Of the options only what makes vectors counts.
func indexed(t *testing.T, c eval.Collection, o ingest.Options, e search.Embedder) index {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return indexedIn(t, st, c, o, e)
}

// indexedIn is indexed in a store of another kind.
func indexedIn(t *testing.T, st store.Store, c eval.Collection, o ingest.Options, e search.Embedder) index {
	t.Helper()
	dir := t.TempDir()
	ids, err := c.Export(dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Root, o.Sources, o.Store, o.WriterLock, o.Now = dir, []string{"**/*.md"}, st, filepath.Join(t.TempDir(), "lock"), time.Now
	sum, err := ingest.RunWhole(t.Context(), o)
	if err != nil || o.Embedder != nil && len(sum.Degraded) > 0 {
		t.Fatal(err, sum.Degraded)
	}
	x := index{search.New(st, e, nil), ids, map[int64]string{}, st}
	for note, document := range ids {
		chunks, err := st.Chunks(t.Context(), note)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chunks {
			x.byChunk[c.ID] = document
		}
	}
	return x
}

// A quality is the means over all questions.
type quality struct {
	eval.Scores
	first, five float64 // questions with a relevant document at the top, among the first five
}

// quality asks all questions of a collection.
func (x index) quality(t *testing.T, c eval.Collection, mode string) quality {
	t.Helper()
	var q quality
	var all []eval.Scores
	for _, question := range c.Questions {
		a, err := x.Search(t.Context(), search.Query{Text: question.Text, Plain: true, Mode: mode, Limit: eval.RecallDepth})
		if err != nil || mode != search.Keyword && len(a.Degraded) > 0 {
			t.Fatal(err, a.Degraded)
		}
		var documents []string
		for _, h := range a.Results {
			documents = append(documents, x.documents[h.ID])
		}
		grades := c.Judged[question.ID]
		all = append(all, eval.Score(documents, grades))
		switch slices.IndexFunc(documents, func(id string) bool { return grades[id] > 0 }) {
		case 0:
			q.first++
			q.five++
		case 1, 2, 3, 4:
			q.five++
		}
	}
	n := float64(len(all))
	q.Scores, q.first, q.five = eval.Mean(all), q.first/n, q.five/n
	return q
}
