package search

import (
	"cmp"
	"container/heap"
	"slices"

	"amalfa/store"
)

// topK keeps the best k of the matches it is offered.
type topK struct {
	k    int
	heap worstFirst
}

func (t *topK) offer(m store.Match) {
	switch {
	case len(t.heap) < t.k:
		heap.Push(&t.heap, m)
	case better(m, t.heap[0]) < 0:
		t.heap[0] = m
		heap.Fix(&t.heap, 0)
	}
}

func (t *topK) sorted() []store.Match {
	out := slices.Clone(t.heap)
	slices.SortFunc(out, better)
	return out
}

// better orders matches: best score first, then the lower chunk.
func better(a, b store.Match) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Chunk, b.Chunk))
}

// worstFirst is a heap.Interface.
type worstFirst []store.Match

func (h worstFirst) Len() int           { return len(h) }
func (h worstFirst) Less(i, j int) bool { return better(h[i], h[j]) > 0 }
func (h worstFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *worstFirst) Push(x any)        { *h = append(*h, x.(store.Match)) }

func (h *worstFirst) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
