package search

import (
	"context"

	"gonum.org/v1/gonum/blas/gonum"

	"amalfa/store"
)

// Passages that say similar things answer similar questions, so the score of each is drawn towards those of its nearest
// neighbours among the candidates (score regularization: Diaz, 2007). See
// docs/decisions/0032-quality-over-many-collections.md.
const (
	smoothShare      = 0.3 // of the neighbours in the score
	smoothNeighbours = 4
	smoothFloor      = 0.5 // a cosine that passages without anything in common have with this kind of model
	smoothDepth      = 200 // candidates that can be neighbours: what both sides bring
)

// smooth mixes the scores of neighbours into those of ranked candidates, and sorts. What the question names or spells out keeps its
// bonus for itself. Among few candidates the nearest are no evidence.
func smooth(ctx context.Context, ranked []candidate, near *neighbours) error {
	if near == nil || len(ranked) < feedbackMin {
		return nil
	}
	vectors, err := near.vectors(ctx, ranked, len(ranked))
	if err != nil {
		return err
	}
	rows := make([][]float32, len(ranked)) // nil without a vector
	for i, c := range ranked {
		rows[i], _ = vectors.Row(c.chunk.ID)
	}
	smoothed := make(map[int64]float64, len(ranked))
	for i, c := range ranked {
		own := c.score - bonus(c)
		around, weight := around(rows[i], c.chunk.Note, ranked[:min(smoothDepth, len(ranked))], rows)
		if weight > 0 {
			own = (1-smoothShare)*own + smoothShare*around/weight
		}
		smoothed[c.chunk.ID] = own + bonus(c)
	}
	score(ranked, func(c candidate) float64 { return smoothed[c.chunk.ID] })
	return nil
}

// around is the sum of the scores of a passage's nearest neighbours of other notes, each by its similarity, and the sum of those.
// own is the vector of the passage and rows are those of the candidates, nil where there is none.
func around(own []float32, note string, among []candidate, rows [][]float32) (sum, weight float64) {
	if own == nil {
		return 0, 0
	}
	best := store.Top{Limit: smoothNeighbours}
	for i := range among {
		row := rows[i]
		if row == nil || among[i].chunk.Note == note {
			continue
		}
		if s := float64(gonum.Implementation{}.Sdot(len(own), own, 1, row, 1)) - smoothFloor; s > 0 {
			best.Offer(store.Match{Chunk: int64(i), Score: s})
		}
	}
	for _, m := range best.Sorted() {
		n := among[m.Chunk]
		sum += m.Score * (n.score - bonus(n))
		weight += m.Score
	}
	return sum, weight
}
