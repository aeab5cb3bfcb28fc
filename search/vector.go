package search

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"go.uber.org/zap"
	"gonum.org/v1/gonum/blas/gonum"

	"amalfa/store"
)

// ErrNoVectors reports a question that only vectors could answer while there are none to compare with.
var ErrNoVectors = errors.New("no vector search")

// nearest compares the question with every vector of the index. Without vectors it returns nil and notes why, or
// ErrNoVectors when nothing else could answer.
func (r *run) nearest(ctx context.Context) (*neighbours, error) {
	near, why, err := r.compareAll(ctx)
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

// compareAll returns the neighbours, or why there are none.
func (r *run) compareAll(ctx context.Context) (*neighbours, string, error) {
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
	query, digest, err := r.embedder.EmbedQuery(ctx, r.question.plain())
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
	vectors, err := r.current(ctx, digest)
	if err != nil {
		return nil, "", err
	}
	if len(vectors.IDs) == 0 {
		return nil, "the index holds no vectors yet", nil
	}
	return scan(vectors, query, max(depth, r.query.Limit)), "", nil
}

// current returns the vectors of the index as it is now.
func (s *Searcher) current(ctx context.Context, digest string) (*store.Vectors, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	version, err := s.store.DataVersion(ctx) // before the vectors: a change in between is seen next time
	if err != nil {
		return nil, err
	}
	if s.vectors != nil && s.version == version && s.vectors.Model.Digest == digest {
		return s.vectors, nil
	}
	vectors, err := s.store.Vectors(ctx, digest)
	if err != nil {
		return nil, err
	}
	s.vectors, s.version = vectors, version
	return vectors, nil
}

// neighbours are the vectors of an index seen from one question.
type neighbours struct {
	vectors *store.Vectors
	query   []float32
	best    []store.Match
}

// top returns the nearest chunks, best first. A nil receiver has none.
func (n *neighbours) top() []store.Match {
	if n == nil {
		return nil
	}
	return n.best
}

// cosine returns the similarity of one chunk, if it has a vector.
func (n *neighbours) cosine(chunk int64) (float64, bool) {
	if n == nil {
		return 0, false
	}
	row, ok := slices.BinarySearch(n.vectors.IDs, chunk)
	if !ok {
		return 0, false
	}
	return n.dot(row), true
}

// Feedback moves the question towards the passages that answered it best, once (Rocchio's method). On Cranfield it adds 0.013
// to nDCG@10 on the even queries and 0.011 on the odd ones; 2 to 4 passages and 0.4 to 0.6 of their mean all gain, 0.007 at least.
const (
	feedbackPassages = 3
	feedbackShare    = 0.5
	feedbackMin      = 20 // among fewer candidates the best three are no evidence
)

// feedback moves the question towards the first of the ranked candidates. It reports false, and does nothing, when there is
// too little to learn from.
func (n *neighbours) feedback(ranked []candidate) bool {
	if n == nil || len(ranked) < feedbackMin {
		return false
	}
	moved := slices.Clone(n.query)
	for _, c := range ranked[:feedbackPassages] {
		if row, ok := slices.BinarySearch(n.vectors.IDs, c.chunk.ID); ok {
			gonum.Implementation{}.Saxpy(len(moved), feedbackShare/feedbackPassages, n.row(row), 1, moved, 1)
		}
	}
	length := gonum.Implementation{}.Snrm2(len(moved), moved, 1)
	if length == 0 {
		return false
	}
	gonum.Implementation{}.Sscal(len(moved), 1/length, moved, 1)
	n.query = moved
	return true
}

func (n *neighbours) row(i int) []float32 {
	dim := len(n.query)
	return n.vectors.Data[i*dim : (i+1)*dim]
}

func (n *neighbours) dot(row int) float64 {
	return float64(gonum.Implementation{}.Sdot(len(n.query), n.query, 1, n.row(row), 1))
}

// scan finds the k nearest of all vectors, each core over its own stretch.
func scan(vectors *store.Vectors, query []float32, k int) *neighbours {
	n := &neighbours{vectors: vectors, query: query}
	rows := len(vectors.IDs)
	workers := max(1, min(runtime.GOMAXPROCS(0), rows/minStretch))
	tops := make([]topK, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			tops[w].k = k
			for row := rows * w / workers; row < rows*(w+1)/workers; row++ {
				tops[w].offer(store.Match{Chunk: vectors.IDs[row], Score: n.dot(row)})
			}
		})
	}
	wg.Wait()
	all := topK{k: k}
	for _, t := range tops {
		for _, m := range t.heap {
			all.offer(m)
		}
	}
	n.best = all.sorted()
	return n
}

// minStretch is the number of rows that is worth a goroutine: about 0.1 ms of work.
const minStretch = 1000
