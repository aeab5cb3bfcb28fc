package graph

import (
	"cmp"
	"slices"
)

// Components returns the sets of notes that links connect, whichever way: the largest first, then by the first note; a note without links
// is one by itself. Notes are by id.
func (n *Network) Components() [][]int32 {
	var out [][]int32
	seen := make([]bool, n.both.nodes())
	for i := range seen {
		if seen[i] {
			continue
		}
		seen[i] = true
		part := []int32{int32(i)}
		for at := 0; at < len(part); at++ {
			for _, to := range n.both.of(int(part[at])) {
				if !seen[to] {
					seen[to] = true
					part = append(part, to)
				}
			}
		}
		slices.Sort(part)
		out = append(out, part)
	}
	slices.SortStableFunc(out, func(a, b []int32) int { return cmp.Compare(len(b), len(a)) })
	return out
}

// Orphans are the notes without a link to or from another note, by id.
func (n *Network) Orphans() []int32 {
	var out []int32
	for i := range n.Notes {
		if n.both.degree(i) == 0 {
			out = append(out, int32(i))
		}
	}
	return out
}

// IDs are the ids of notes.
func (n *Network) IDs(nodes []int32) []string {
	ids := make([]string, len(nodes))
	for i, node := range nodes {
		ids[i] = n.Notes[node].ID
	}
	return ids
}
