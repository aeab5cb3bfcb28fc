//go:build cgo

package search_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"amalfa/inference/embed"
	"amalfa/ingest"
	"amalfa/models"
	"amalfa/search"
	"amalfa/store"
	"amalfa/testdata/assets"
	"amalfa/tokenizer"
)

// tolerance is how far a mean may be from its golden number: about what one of the 221 questions weighs. Processors add up
// vectors in different orders, which swaps what is nearly equal.
const tolerance = 0.005

// One collection with the default model, as `amalfa eval testdata/eval/go-sections` has it: what vectors and the fusion are
// worth. It fails without the query prefix of the model (hybrid nDCG@10 0.7961) and with words at half the weight (recall@5 0.8869).
func TestQualityWithVectors(t *testing.T) {
	c := collection(t, "go-sections")
	m := newModel(t, nil)
	x := indexed(t, c, ingest.Options{Embedder: m, Count: m.tokens.Count, MaxTokens: m.files.Model.MaxTokens}, m)
	var got bytes.Buffer
	means := map[string][]float64{}
	for _, mode := range []string{search.Vector, search.Hybrid} {
		q := x.quality(t, c, mode)
		means[mode] = []float64{q.first, q.five, q.MRR, q.NDCG, q.Recall}
		fmt.Fprintf(&got, "%s %.4f %.4f %.4f %.4f %.4f\n", mode, q.first, q.five, q.MRR, q.NDCG, q.Recall)
	}
	t.Run("confidence", func(t *testing.T) { confident(t, x, c) })
	names := []string{"recall@1", "recall@5", "mrr@10", "ndcg@10", "recall@100"}
	file := golden(t, "vectors.txt", got.Bytes())
	if n := strings.Count(file, "\n"); n != len(means) {
		t.Fatalf("the golden file has %d modes, not %d", n, len(means))
	}
	for line := range strings.Lines(file) {
		var mode string
		want := make([]float64, len(names))
		if _, err := fmt.Sscan(line, &mode, &want[0], &want[1], &want[2], &want[3], &want[4]); err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			if d := means[mode][i] - want[i]; math.Abs(d) > tolerance {
				t.Errorf("%s: %s is %.4f, was %.4f; if that is meant, run with -update", mode, name, means[mode][i], want[i])
			}
		}
	}
}

// model is the default one, loaded here.
type model struct {
	*embed.Engine
	files  models.Files
	tokens *tokenizer.Tokenizer
}

func newModel(t *testing.T, cache embed.Cache) *model {
	t.Helper()
	known, ok := models.Lookup(models.DefaultName)
	if !ok {
		t.Fatal("no default model")
	}
	path, tokenizerPath := assets.Model(t, "bge-small-en-v1.5")
	lib := assets.Runtime(t)
	tok, err := tokenizer.Load(tokenizerPath)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{files: models.Files{Model: known, ModelPath: path, TokenizerPath: tokenizerPath, Digest: "golden"}, tokens: tok}
	m.Engine = embed.NewEngine(func(context.Context) (models.Files, string, error) { return m.files, lib, nil }, embed.EngineOptions{Cache: cache})
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func (m *model) Model(context.Context) (store.Model, error) {
	return store.Model{Digest: m.files.Digest, Name: m.files.Model.Name, Dim: m.files.Model.Dim}, nil
}

func (m *model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out, err := m.Engine.Embed(ctx, texts, embed.Options{Input: embed.Passage, Bulk: true})
	values := make([][]float32, len(out))
	for i, v := range out {
		values[i] = v.Values
	}
	return values, err
}

func (m *model) EmbedQuery(ctx context.Context, text string) ([]float32, string, error) {
	out, err := m.Engine.Embed(ctx, []string{text}, embed.Options{Input: embed.Query})
	if err != nil {
		return nil, "", err
	}
	return out[0].Values, m.files.Digest, nil
}
