package search

import (
	"cmp"
	"context"

	"amalfa/store"
)

// EachSide ranks every passage of the index that a side finds, by words and by vectors alone: what plain rank fusion is made of,
// against which ours is measured. Nothing is folded, and no bonus counts.
func (s *Searcher) EachSide(ctx context.Context, q Query) (words, vectors []store.Match, err error) {
	parsed, err := q.parse()
	if err != nil {
		return nil, nil, err
	}
	q.Mode = cmp.Or(q.Mode, Hybrid)
	stats, err := s.store.Stats(ctx)
	if err != nil {
		return nil, nil, err
	}
	q.Limit = stats.Chunks
	r := &run{Searcher: s, query: q, question: parsed}
	if r.allowed, err = r.among(ctx); err != nil || r.allowed.Empty() {
		return nil, nil, err
	}
	words, near, err := r.bothSides(ctx)
	return words, near.top(), err
}
