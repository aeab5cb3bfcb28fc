package store

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
)

// Set is a set of chunks: those of a sorted list, or all others. A nil Set holds every chunk. It never changes.
type Set struct {
	ids    []int64
	others bool // all but ids
}

// NewSet returns the set of the given chunks.
func NewSet(ids []int64) *Set {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return &Set{ids: slices.Compact(ids)}
}

// Has tells whether a chunk is in the set.
func (s *Set) Has(chunk int64) bool {
	if s == nil {
		return true
	}
	_, listed := slices.BinarySearch(s.ids, chunk)
	return listed != s.others
}

// Empty tells whether no chunk is in the set.
func (s *Set) Empty() bool { return s != nil && !s.others && len(s.ids) == 0 }

// Len is the number of listed chunks: those of the set, unless it holds all others.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.ids)
}

// Listed returns the chunks of the set, ascending; ok is false when it holds all others.
func (s *Set) Listed() (ids []int64, ok bool) {
	if s == nil || s.others {
		return nil, false
	}
	return s.ids, true
}

// And returns what both sets hold.
func (s *Set) And(t *Set) *Set {
	switch {
	case s == nil:
		return t
	case t == nil:
		return s
	case s.others && t.others:
		return &Set{ids: merged(s.ids, t.ids), others: true}
	case s.others:
		s, t = t, s
	}
	kept := &Set{}
	for _, id := range s.ids {
		if t.Has(id) {
			kept.ids = append(kept.ids, id)
		}
	}
	return kept
}

// Not returns the chunks that are not in the set.
func (s *Set) Not() *Set {
	if s == nil {
		return &Set{}
	}
	return &Set{ids: s.ids, others: !s.others}
}

// Or returns what either set holds.
func (s *Set) Or(t *Set) *Set { return s.Not().And(t.Not()).Not() }

func merged(a, b []int64) []int64 {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Top keeps the best Limit of the matches it is offered: greatest score first, then the lower chunk. Not safe for concurrent use.
type Top struct {
	Limit int
	heap  worstFirst
}

// Offer keeps a match if it is among the best so far.
func (t *Top) Offer(m Match) {
	switch {
	case len(t.heap) < t.Limit:
		heap.Push(&t.heap, m)
	case t.Limit > 0 && better(m, t.heap[0]) < 0:
		t.heap[0] = m
		heap.Fix(&t.heap, 0)
	}
}

// Merge offers all that another kept.
func (t *Top) Merge(other *Top) {
	for _, m := range other.heap {
		t.Offer(m)
	}
}

// Threshold is a score below which nothing is kept. It leaves room for sums that were added up in another order.
func (t *Top) Threshold() float64 {
	switch {
	case t.Limit <= 0:
		return math.Inf(1)
	case len(t.heap) < t.Limit:
		return 0
	}
	return t.heap[0].Score * (1 - 1e-9)
}

// Sorted returns what was kept, best first. Nothing may be offered after it.
func (t *Top) Sorted() []Match {
	slices.SortFunc(t.heap, better)
	return t.heap
}

func better(a, b Match) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Chunk, b.Chunk))
}

// worstFirst is a heap.Interface with the worst match on top.
type worstFirst []Match

func (h worstFirst) Len() int           { return len(h) }
func (h worstFirst) Less(i, j int) bool { return better(h[i], h[j]) > 0 }
func (h worstFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *worstFirst) Push(x any)        { *h = append(*h, x.(Match)) }

func (h *worstFirst) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
