package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// A Rank is how central a note is.
type Rank struct {
	Note        int32
	PageRank    float64
	Betweenness float64
	In, Out     int // notes that link to it, and that it links to
}

// Ranks are all notes, the most central first.
type Ranks struct {
	Notes       []Rank
	Betweenness Betweenness
}

// Measures by which Hubs ranks.
const (
	ByPageRank    = "pagerank"
	ByBetweenness = "betweenness"
	ByIn          = "in"
	ByOut         = "out"
)

// ByPageRank returns the notes with the highest PageRank, at most limit, without their betweenness, which takes long.
func (n *Network) ByPageRank(limit int) []Rank {
	ranks := make([]Rank, len(n.Notes))
	for i, r := range n.PageRank() {
		ranks[i] = Rank{Note: int32(i), PageRank: r, In: n.in.degree(i), Out: n.out.degree(i)}
	}
	slices.SortStableFunc(ranks, func(a, b Rank) int { return cmp.Compare(b.PageRank, a.PageRank) })
	return ranks[:min(len(ranks), limit)]
}

// Hubs ranks all notes by a measure, ties by PageRank, then by id. exact is that of Network.Betweenness.
func (n *Network) Hubs(ctx context.Context, by string, exact bool) (Ranks, error) {
	value, ok := map[string]func(Rank) float64{
		ByPageRank: func(r Rank) float64 { return r.PageRank }, ByBetweenness: func(r Rank) float64 { return r.Betweenness },
		ByIn: func(r Rank) float64 { return float64(r.In) }, ByOut: func(r Rank) float64 { return float64(r.Out) },
	}[by]
	if !ok {
		return Ranks{}, fmt.Errorf("no measure is called %q", by)
	}
	between, err := n.Betweenness(ctx, exact)
	if err != nil {
		return Ranks{}, err
	}
	out := Ranks{Betweenness: between}
	for i, r := range n.PageRank() {
		out.Notes = append(out.Notes, Rank{int32(i), r, between.Values[i], n.in.degree(i), n.out.degree(i)})
	}
	slices.SortStableFunc(out.Notes, func(a, b Rank) int {
		return cmp.Or(cmp.Compare(value(b), value(a)), cmp.Compare(b.PageRank, a.PageRank))
	})
	return out, nil
}
