package search_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store"
)

var update = flag.Bool("update", false, "write the golden quality numbers anew")

// The collections of testdata/eval through the whole pipeline, by words alone, since that needs no model: a change that makes
// answers worse shows in the golden file. What vectors add is measured by `amalfa eval testdata/eval/go-symbols --compare`.
func TestQualityByWords(t *testing.T) {
	var got bytes.Buffer
	fmt.Fprintln(&got, "collection   recall@1  recall@5  mrr@10  ndcg@10  recall@100")
	for _, name := range []string{"go-symbols", "go-sections"} {
		c, err := eval.Open(filepath.Join("..", "testdata", "eval", name))
		if err != nil {
			t.Fatal(err)
		}
		var all []eval.Scores
		first, five := 0, 0
		for _, r := range ranked(t, c) {
			grades := c.Judged[r.Question]
			all = append(all, eval.Score(r.Documents, grades))
			for i, id := range r.Documents[:min(5, len(r.Documents))] {
				if grades[id] > 0 {
					five++
					if i == 0 {
						first++
					}
					break
				}
			}
		}
		m, n := eval.Mean(all), float64(len(all))
		fmt.Fprintf(&got, "%-12s %.4f    %.4f    %.4f  %.4f   %.4f\n", name, float64(first)/n, float64(five)/n, m.MRR, m.NDCG, m.Recall)
	}
	golden := filepath.Join("..", "testdata", "golden", "eval", "words.txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("answers by words changed; if for the better, run with -update: %s", d)
	}
}

// ranked indexes a collection and asks all its questions.
func ranked(t *testing.T, c eval.Collection) []eval.Ranking {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	ids, err := c.Export(dir)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(ctx, filepath.Join(t.TempDir(), "amalfa.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := ingest.Run(ctx, ingest.Options{
		Root: dir, Sources: []string{"**/*.md"}, Store: st, WriterLock: filepath.Join(t.TempDir(), "lock"), Now: time.Now,
	}); err != nil {
		t.Fatal(err)
	}
	s := search.New(st, nil, nil)
	var out []eval.Ranking
	for _, q := range c.Questions {
		a, err := s.Search(ctx, search.Query{Text: q.Text, Mode: search.Keyword, Limit: eval.RecallDepth})
		if err != nil {
			t.Fatal(err)
		}
		r := eval.Ranking{Question: q.ID}
		for _, h := range a.Results {
			r.Documents = append(r.Documents, ids[h.ID])
		}
		out = append(out, r)
	}
	return out
}
