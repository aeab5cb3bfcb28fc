//go:build cgo

package search_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"amalfa/ingest"
	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store/postgres"
	"amalfa/store/sqlite"
	"amalfa/testdata/pgserver"
)

func TestMain(m *testing.M) { pgserver.Main(m) }

// A team's server answers as the index of one machine does: over the questions of each collection nDCG@10 differs by less than 0.002, and
// the first hit is the same for 98 of 100 questions and more, whether vectors are all compared or found by an index. The larger
// collections take minutes and are asked where AMALFA_EVAL names their folder, as `task bench` does.
func TestServerRanksAsAFile(t *testing.T) {
	t.Run("go-sections", func(t *testing.T) { ranksAlike(t, collection(t, "go-sections"), nil) })
	for _, o := range outside {
		t.Run(o.name, func(t *testing.T) {
			c := outsideCollection(t, o.name)
			if len(c.Documents) > 1100 && os.Getenv("AMALFA_EVAL") == "" {
				t.Skip("AMALFA_EVAL is not set")
			}
			ranksAlike(t, c, cachedModel(t))
		})
	}
}

// ranksAlike asks both by words, and with a model by vectors too.
func ranksAlike(t *testing.T, c eval.Collection, m *model) {
	t.Helper()
	o, modes, ways := ingest.Options{}, []string{search.Keyword}, []string{"comparing all"}
	var e search.Embedder
	if m != nil {
		o = ingest.Options{Embedder: m, Count: m.tokens.Count, MaxTokens: m.files.Model.MaxTokens}
		e, modes, ways = m, append(modes, search.Hybrid), append(ways, "an index")
	}
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	server, err := postgres.Open(t.Context(), postgres.Options{URL: pgserver.Shared(t).Database(t), Workspace: "team", Machine: "here"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	one, other := indexedIn(t, file, c, o, e), indexedIn(t, server, c, o, e)
	for _, by := range ways {
		if by == "an index" {
			if err := server.BuildIndex(t.Context(), m.files.Digest, 1); err != nil {
				t.Fatal(err)
			}
		}
		for _, mode := range modes {
			var scores [2][]eval.Scores
			first := 0
			for _, q := range c.Questions {
				want, got := one.answer(t, q, mode), other.answer(t, q, mode)
				scores[0], scores[1] = append(scores[0], eval.Score(want, c.Judged[q.ID])), append(scores[1], eval.Score(got, c.Judged[q.ID]))
				if len(want) == 0 && len(got) == 0 || len(want) > 0 && len(got) > 0 && want[0] == got[0] {
					first++
				}
			}
			want, got, share := eval.Mean(scores[0]).NDCG, eval.Mean(scores[1]).NDCG, float64(first)/float64(len(c.Questions))
			t.Logf("%s, %s: nDCG@10 %.4f of a file, %.4f of a server, the same first hit %.3f", mode, by, want, got, share)
			if math.Abs(want-got) > 0.002 || share < 0.98 {
				t.Errorf("%s, %s: nDCG@10 %.4f of a file, %.4f of a server, the same first hit for %.3f of the questions", mode, by, want, got, share)
			}
		}
	}
}
