package graph

import (
	"fmt"
	"math"
	"math/rand/v2"

	"amalfa/store"
)

// A planted graph is a generated one whose communities are known.
type planted struct {
	store.Graph
	of []int // note → its community
}

// plant makes notes and links: communities of power-law sizes, targets chosen by a power law within the note's community, but for
// one link in ten, which leads anywhere; notes of a community are scattered over the ids.
func plant(seed uint64, noteCount, linkCount, communities int) planted {
	rnd := rand.New(rand.NewPCG(seed, 7))
	p := planted{of: make([]int, noteCount)}
	members := make([][]int32, communities)
	for i := range noteCount {
		c := int(float64(communities) * math.Pow(rnd.Float64(), 1.3))
		p.of[i] = c
		members[c] = append(members[c], int32(i))
		p.Notes = append(p.Notes, store.GraphNote{ID: fmt.Sprintf("n/%06d.md", i), Title: fmt.Sprintf("Note %d of topic%d", i, c)})
	}
	for range linkCount {
		from := int32(rnd.IntN(noteCount))
		among := members[p.of[from]]
		to := int32(rnd.IntN(noteCount))
		if rnd.Float64() < 0.9 {
			to = among[int(float64(len(among))*math.Pow(rnd.Float64(), 2.5))]
		}
		p.Edges = append(p.Edges, store.GraphEdge{Source: from, Target: to, Line: int32(1 + len(p.Edges)%40), Type: "LINKS_TO", Weight: 1, Resolved: true})
	}
	return p
}

// nmi is the normalised mutual information of two partitions, 1 for equal ones (by the mean of their entropies).
func nmi(a []int, b []int32) float64 {
	joint, x, y := map[[2]int]float64{}, map[int]float64{}, map[int]float64{}
	n := float64(len(a))
	for i := range a {
		joint[[2]int{a[i], int(b[i])}]++
		x[a[i]]++
		y[int(b[i])]++
	}
	entropy := func(counts map[int]float64) (h float64) {
		for _, c := range counts {
			h -= c / n * math.Log(c/n)
		}
		return h
	}
	var mutual float64
	for k, c := range joint {
		mutual += c / n * math.Log(c*n/(x[k[0]]*y[k[1]]))
	}
	return 2 * mutual / (entropy(x) + entropy(y))
}
