//go:build cgo

package ask

import (
	"context"
	"slices"
	"testing"

	"amalfa/inference/embed"
	"amalfa/testdata/testmodels"
)

// realScorer asks the program's own embedder, each text once.
func realScorer(t testing.TB) Scorer {
	e := testmodels.Closing(t, embed.NewEngine(testmodels.Pinned(t, "bge-small-en-v1.5").Load, embed.EngineOptions{}))
	known := map[string][]float32{}
	return func(ctx context.Context, sentence string, texts []string) (out []float64, err error) {
		var missing []string
		for _, s := range append([]string{sentence}, texts...) {
			if known[s] == nil && !slices.Contains(missing, s) {
				missing = append(missing, s)
			}
		}
		if len(missing) > 0 {
			vectors, err := e.Embed(ctx, missing, embed.Options{})
			if err != nil {
				return nil, err
			}
			for i, s := range missing {
				known[s] = vectors[i].Values
			}
		}
		for _, s := range texts {
			sum := 0.0
			for i, x := range known[sentence] {
				sum += float64(x) * float64(known[s][i])
			}
			out = append(out, sum)
		}
		return out, nil
	}
}
