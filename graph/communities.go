package graph

import (
	"cmp"
	"slices"
)

// A Community is a set of notes with more links among each other than chance would give them.
type Community struct {
	ID    int // from 1, the largest first
	Name  string
	Notes []int32 // most links within the community first
}

// Communities are all of them: each note is in one, if alone.
type Communities struct {
	Modularity float64 // Newman's, undirected and unweighted, -0.5 to 1
	All        []Community
	Of         []int32 // note → position in All
}

// Communities finds them by Leiden's method with a fixed seed, and names them.
func (n *Network) Communities() Communities {
	g := n.weighted()
	of := renumber(leiden(g))
	c := Communities{Modularity: g.modularity(of, n.loops), Of: of}
	for node, at := range of {
		for int(at) >= len(c.All) {
			c.All = append(c.All, Community{})
		}
		c.All[at].Notes = append(c.All[at].Notes, int32(node))
	}
	slices.SortStableFunc(c.All, func(a, b Community) int {
		return cmp.Or(cmp.Compare(len(b.Notes), len(a.Notes)), cmp.Compare(a.Notes[0], b.Notes[0]))
	})
	for i, part := range c.All {
		c.All[i].ID = i + 1
		for _, node := range part.Notes {
			of[node] = int32(i)
		}
	}
	for i := range c.All {
		n.byLinksWithin(c.All[i].Notes, of)
	}
	n.name(&c)
	return c
}

// byLinksWithin puts the notes that hold a community together first.
func (n *Network) byLinksWithin(notes []int32, of []int32) {
	within := make(map[int32]int, len(notes))
	for _, node := range notes {
		for _, to := range n.both.of(int(node)) {
			if of[to] == of[node] {
				within[node]++
			}
		}
	}
	slices.SortStableFunc(notes, func(a, b int32) int { return cmp.Or(cmp.Compare(within[b], within[a]), cmp.Compare(a, b)) })
}
