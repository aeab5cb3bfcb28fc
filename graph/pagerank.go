package graph

import "math"

// Damping is how likely a reader follows a link, rather than open any note: that of Brin and Page, and of networkx.
const Damping = 0.85

// Bounds of PageRank: it ends when a step moves less than rankTolerance, summed over all notes, which takes some 150 steps.
const (
	rankTolerance = 1e-13
	maxRankSteps  = 1000
)

// PageRank returns how often a reader stands at each note who follows links at random; it sums to 1. What a note without links would
// hand on is spread over all notes evenly.
//
// Not gonum's network.PageRankSparse, which begins with random ranks, so that two runs differ.
func (n *Network) PageRank() []float64 {
	size := n.out.nodes()
	rank, next := make([]float64, size), make([]float64, size)
	for i := range rank {
		rank[i] = 1 / float64(size)
	}
	for range maxRankSteps {
		if n.rankStep(rank, next) < rankTolerance {
			return next
		}
		rank, next = next, rank
	}
	return rank
}

// rankStep is one step of the power iteration, and how far it moved.
func (n *Network) rankStep(rank, next []float64) (moved float64) {
	var dangling float64
	share := make([]float64, len(rank)) // what each note hands on along each of its links
	for i, r := range rank {
		if d := n.out.degree(i); d > 0 {
			share[i] = r / float64(d)
		} else {
			dangling += r
		}
	}
	base := (1 - Damping + Damping*dangling) / float64(len(rank))
	for i := range next {
		var sum float64
		for _, from := range n.in.of(i) {
			sum += share[from]
		}
		next[i] = base + Damping*sum
		moved += math.Abs(next[i] - rank[i])
	}
	return moved
}
