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
	view, err := r.store.View(ctx, digest)
	if err != nil {
		return nil, "", err
	}
	if view.Len() == 0 {
		return nil, "the index holds no vectors yet", nil
	}
	near := &neighbours{view: view, query: query, among: r.allowed}
	near.scan(max(depth, r.query.Limit), exactRows)
	return near, "", nil
}

// neighbours are the vectors of an index seen from one question.
type neighbours struct {
	view  store.View
	query []float32
	among *store.Set // nil for all
	best  []store.Match
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
	row, ok := n.view.Row(chunk)
	if !ok {
		return 0, false
	}
	return dot(n.query, row), true
}

// damaged tells whether a vector was found that is not what was written.
func (n *neighbours) damaged() bool { return n != nil && n.view.Damaged() }

// Feedback moves the question towards the passages that answered it best, once (Rocchio's method). Without it nDCG@10 is 0.441
// on Cranfield; three passages instead of two lose 0.02 on go-symbols, where one passage answers (see rank.go).
const (
	feedbackPassages = 2
	feedbackShare    = 0.6
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
		if row, ok := n.view.Row(c.chunk.ID); ok {
			gonum.Implementation{}.Saxpy(len(moved), feedbackShare/feedbackPassages, row, 1, moved, 1)
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

func dot(a, b []float32) float64 {
	return float64(gonum.Implementation{}.Sdot(len(a), a, 1, b, 1))
}

// scan finds the k nearest of all vectors, each core over its own stretches. Parts of more rows than exact are compared by
// their codes first.
func (n *neighbours) scan(k, exact int) {
	var work []func() topK
	for _, p := range n.view.Parts() {
		rows := len(p.IDs)
		var codes *quantized
		if rows > exact && p.Codes != nil && n.among == nil {
			codes = newQuantized(n.query)
		}
		stretches := max(1, min(runtime.GOMAXPROCS(0), rows/minStretch))
		for i := range stretches {
			first, last := rows*i/stretches, rows*(i+1)/stretches
			work = append(work, func() topK { return n.nearestOf(p, first, last, k, codes) })
		}
	}
	tops := make([]topK, len(work))
	var wg sync.WaitGroup
	for i, f := range work {
		wg.Go(func() { tops[i] = f() })
	}
	wg.Wait()
	all := topK{k: k}
	for _, t := range tops {
		for _, m := range t.heap {
			all.offer(m)
		}
	}
	n.best = all.sorted()
}

// nearestOf compares one stretch of a part.
func (n *neighbours) nearestOf(p store.Part, first, last, k int, codes *quantized) topK {
	top := topK{k: k}
	compare := func(row int) {
		if p.Gone(row) || !n.among.Has(p.IDs[row]) {
			return
		}
		if values := p.Row(row); values != nil {
			top.offer(store.Match{Chunk: p.IDs[row], Score: dot(n.query, values)})
		}
	}
	if codes != nil {
		words := codes.words()
		for _, row := range codes.likely(p.Codes[first*words:last*words], k) {
			compare(first + row)
		}
		return top
	}
	for row := first; row < last; row++ {
		compare(row)
	}
	return top
}

// minStretch is the number of rows that is worth a goroutine: about 0.1 ms of work.
const minStretch = 1000
