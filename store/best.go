package store

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
)

// bestMatches keeps the best limit of the matches it is offered: greatest score first, then the lower chunk.
type bestMatches struct {
	limit int
	heap  matchHeap
}

func (b *bestMatches) offer(m Match) {
	switch {
	case len(b.heap) < b.limit:
		heap.Push(&b.heap, m)
	case b.limit > 0 && betterMatch(m, b.heap[0]) < 0:
		b.heap[0] = m
		heap.Fix(&b.heap, 0)
	}
}

// bar is a score below which nothing is kept. It leaves room for sums that were added up in another order.
func (b *bestMatches) bar() float64 {
	switch {
	case b.limit <= 0:
		return math.Inf(1)
	case len(b.heap) < b.limit:
		return 0
	}
	return b.heap[0].Score * (1 - 1e-9)
}

func (b *bestMatches) sorted() []Match {
	slices.SortFunc(b.heap, betterMatch)
	return b.heap
}

func betterMatch(a, b Match) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Chunk, b.Chunk))
}

// matchHeap is a heap.Interface with the worst match on top.
type matchHeap []Match

func (h matchHeap) Len() int           { return len(h) }
func (h matchHeap) Less(i, j int) bool { return betterMatch(h[i], h[j]) > 0 }
func (h matchHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *matchHeap) Push(x any)        { *h = append(*h, x.(Match)) }

func (h *matchHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
