package search

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.uber.org/zap"
	"gonum.org/v1/gonum/blas/gonum"

	"amalfa/store"
)

// ErrNoVectors reports a question that only vectors could answer while there are none to compare with.
var ErrNoVectors = errors.New("no vector search")

// nearest asks for the chunks whose vectors are nearest to the question's. Without vectors it returns nil and notes why, or
// ErrNoVectors when nothing else could answer.
func (r *run) nearest(ctx context.Context) (*neighbours, error) {
	near, why, err := r.askNearest(ctx)
	switch {
	case err != nil:
		return nil, err
	case near != nil:
		return near, nil
	case r.query.Mode == Vector:
		return nil, fmt.Errorf("%w: %s", ErrNoVectors, why)
	}
	r.degrade("%s, so this answer is by keyword only", why)
	return nil, nil
}

// askNearest returns the neighbours, or why there are none.
func (r *run) askNearest(ctx context.Context) (*neighbours, string, error) {
	if r.embedder == nil {
		return nil, "no embedding model is at hand", nil
	}
	active, err := r.store.ActiveModel(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, "the index holds no vectors yet", nil
	}
	if err != nil {
		return nil, "", err
	}
	query, digest, err := r.embedder.EmbedQuery(ctx, r.question.embedded())
	if err != nil {
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		r.log.Warn("Question not embedded", zap.Error(err))
		return nil, fmt.Sprintf("the question could not be embedded (%v)", err), nil
	}
	if digest != active.Digest || len(query) != active.Dim {
		return nil, fmt.Sprintf("the index was built by model %s (%d dimensions, %.12s), not by the one that runs (%d dimensions, %.12s)",
			active.Name, active.Dim, active.Digest, len(query), digest), nil
	}
	near := &neighbours{store: r.store, model: active.Name, digest: digest, query: query}
	near.best, err = r.store.Nearest(ctx, digest, query, max(depth, r.query.Limit), r.allowed)
	if err != nil || len(near.best) > 0 {
		return near, "", err
	}
	if any, err := r.store.Nearest(ctx, digest, query, 1, nil); err != nil || len(any) == 0 {
		return nil, "the index holds no vectors yet", err
	}
	return near, "", nil // none among those that the filters allow
}

// A Reader is an Embedder that knows how much of a text its model was made to read, 0 to 1. All of it is assumed of others.
type Reader interface {
	Reads(text string) float64
}

func (r *run) reads(text string) float64 {
	if reader, ok := r.embedder.(Reader); ok {
		return reader.Reads(text)
	}
	return 1
}

// neighbours are the vectors of an index seen from one question.
type neighbours struct {
	store  store.Store
	model  string // its name
	digest string
	query  []float32
	best   []store.Match // the nearest chunks, best first
}

// top returns the nearest chunks, best first. A nil receiver has none.
func (n *neighbours) top() []store.Match {
	if n == nil {
		return nil
	}
	return n.best
}

// cosines returns the similarity of those of the chunks that have a vector. A nil receiver has none.
func (n *neighbours) cosines(ctx context.Context, chunks []int64) (map[int64]float64, error) {
	if n == nil || len(chunks) == 0 {
		return nil, nil
	}
	near, err := n.store.Nearest(ctx, n.digest, n.query, len(chunks), store.NewSet(chunks))
	cosines := make(map[int64]float64, len(near))
	for _, m := range near {
		cosines[m.Chunk] = m.Score
	}
	return cosines, err
}

// vectors returns the vectors of the first limit candidates. A nil receiver has none.
func (n *neighbours) vectors(ctx context.Context, ranked []candidate, limit int) (*store.Vectors, error) {
	if n == nil {
		return &store.Vectors{}, nil
	}
	return n.store.VectorsOf(ctx, n.digest, chunksOf(ranked[:min(limit, len(ranked))]))
}

func chunksOf(found []candidate) []int64 {
	ids := make([]int64, len(found))
	for i, c := range found {
		ids[i] = c.chunk.ID
	}
	return ids
}

// Feedback moves the question towards the passage that answered it best, once (Rocchio's method). More passages or a larger share
// gain on some collections and lose as much on others; see docs/decisions/0032-quality-over-many-collections.md.
const (
	feedbackPassages = 1
	feedbackShare    = 0.25
	feedbackMin      = 20 // among fewer candidates the best one is no evidence
)

// feedback moves the question towards the first of the ranked candidates. It reports false, and does nothing, when there is
// too little to learn from.
func (n *neighbours) feedback(ctx context.Context, ranked []candidate) (bool, error) {
	if n == nil || len(ranked) < feedbackMin {
		return false, nil
	}
	best, err := n.vectors(ctx, ranked, feedbackPassages)
	if err != nil {
		return false, err
	}
	moved := slices.Clone(n.query)
	for _, c := range ranked[:feedbackPassages] {
		if row, ok := best.Row(c.chunk.ID); ok {
			gonum.Implementation{}.Saxpy(len(moved), feedbackShare/feedbackPassages, row, 1, moved, 1)
		}
	}
	length := gonum.Implementation{}.Snrm2(len(moved), moved, 1)
	if length == 0 {
		return false, nil
	}
	gonum.Implementation{}.Sscal(len(moved), 1/length, moved, 1)
	n.query = moved
	return true, nil
}
