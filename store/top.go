package store

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
)

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
