//go:build cgo

package ask

import (
	"context"
	"slices"
	"testing"

	"amalfa/inference/embed"
	"amalfa/testdata/testmodels"
)

// known are vectors of texts, for all tests of this package, which do not run at once.
var known = map[string][]float32{}

// realScorer asks the program's own embedder, each text once.
func realScorer(t testing.TB) Scorer {
	e := testmodels.Closing(t, embed.NewEngine(testmodels.Pinned(t, "bge-small-en-v1.5").Load, embed.EngineOptions{}))
	return func(ctx context.Context, sentences, texts []string) (out [][]float64, err error) {
		var missing []string
		for _, s := range slices.Concat(sentences, texts) {
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
		for _, a := range sentences {
			var row []float64
			for _, b := range texts {
				sum := 0.0
				for i, x := range known[a] {
					sum += float64(x) * float64(known[b][i])
				}
				row = append(row, sum)
			}
			out = append(out, row)
		}
		return out, nil
	}
}
