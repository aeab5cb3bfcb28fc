//go:build cgo

package rerank

import (
	"errors"
	"math"
	"os"
	"testing"

	"go.uber.org/zap"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/testdata/testmodels"
)

// TestCanonicalScores holds real models, where one lies in a cache of this
// machine, against the raw scores that others publish:
// qdrant/fastembed:tests/test_text_cross_encoder.py within its tolerance of
// 1e-3, and FlagOpen/FlagEmbedding:research/llm_reranker/README.md, measured
// there in half precision, within 0.02 of the same run in single.
func TestCanonicalScores(t *testing.T) {
	const france = "What is the capital of France?"
	capitals := []string{"Paris is the capital of France.", "Berlin is the capital of Germany."}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	l := &models.Locator{CacheDir: cache + "/amalfa", Offline: true, Getenv: os.Getenv, Log: zap.NewNop()}
	for _, test := range []struct {
		model, precision, query string
		documents               []string
		want                    []float64
		tolerance               float64 // 0 = sign and order only
	}{
		{"Xenova/ms-marco-MiniLM-L-6-v2", models.Full, france, capitals, []float64{8.500708, -2.541011}, 1e-3},
		{"Xenova/ms-marco-MiniLM-L-12-v2", models.Full, france, capitals, []float64{9.330912, -2.0380247}, 1e-3},
		{"BAAI/bge-reranker-base", models.Full, france, capitals, []float64{6.15733337, -3.65939403}, 1e-3},
		{"jinaai/jina-reranker-v1-tiny-en", models.Full, france, capitals, []float64{2.5911, 0.1122}, 1e-3},
		{"jinaai/jina-reranker-v1-turbo-en", models.Full, france, capitals, []float64{1.8295, -2.8908}, 1e-3},
		{"jinaai/jina-reranker-v2-base-multilingual", models.Full, france, capitals, []float64{1.6533, -1.6455}, 1e-3},
		{models.DefaultReranker, models.Full, "what is panda?", pandas()[:2], []float64{-8.1838, 5.2650}, 0.02},
		{models.DefaultReranker, models.Int8, "what is panda?", pandas()[:2], []float64{-8.1838, 5.2650}, 0},
	} {
		t.Run(test.model+" "+test.precision, func(t *testing.T) {
			files, err := l.Find(test.model, test.precision)
			if errors.Is(err, models.ErrMissing) {
				t.Skip(err) // gigabytes: never fetched for a test
			}
			if err != nil {
				t.Fatal(err)
			}
			a, err := newEngine(t, testmodels.Of(t, files), inference.Options{}).Score(t.Context(), Request{Query: test.query, Documents: test.documents})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range test.want {
				got := a.Scores[i].Raw
				if test.tolerance == 0 && got*want <= 0 || test.tolerance > 0 && math.Abs(got-want) > test.tolerance {
					t.Errorf("%q: %v, published %v", test.documents[i], got, want)
				}
			}
			if a.Scores[0].Raw > a.Scores[1].Raw != (test.want[0] > test.want[1]) {
				t.Error("the order is another")
			}
		})
	}
}
