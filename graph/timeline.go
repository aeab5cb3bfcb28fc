package graph

import (
	"cmp"
	"slices"
	"strings"
)

// Timeline are the notes that state a day, in their front matter or their file's name, earliest first, from one day to another; "" is no
// bound. around narrows it to a note and those that it is linked with; -1 is all.
func (n *Network) Timeline(from, to string, around int32) []int32 {
	var out []int32
	for i, note := range n.Notes {
		node := int32(i)
		if note.Date == "" || note.Date < from || to != "" && note.Date > to+"\xff" || around >= 0 && node != around && !n.both.has(around, node) {
			continue
		}
		out = append(out, node)
	}
	slices.SortStableFunc(out, func(a, b int32) int {
		return cmp.Or(strings.Compare(n.Notes[a].Date, n.Notes[b].Date), cmp.Compare(a, b))
	})
	return out
}

// At is the position of a note by its id.
func (n *Network) At(id string) (int32, bool) { return n.at(id) }

// A Region is a community on a map: its notes most linked to, and the communities that it is most linked with.
type Region struct {
	Community
	Hubs  []int32
	Links []Bridge
}

// A Bridge is the links between two communities.
type Bridge struct {
	To    int // ID of the other
	Links int
}

// Map are the communities of at least two notes, with hubs and bridges, the most first, at most some of each.
func (n *Network) Map(some int) []Region {
	c, rank := n.Communities(), n.PageRank()
	between := make([]map[int]int, len(c.All))
	for i := range between {
		between[i] = map[int]int{}
	}
	for i := range n.Notes {
		for _, to := range n.both.of(i) {
			if a, b := c.Of[i], c.Of[to]; a != b {
				between[a][int(b)]++
			}
		}
	}
	var out []Region
	for i, part := range c.All {
		if len(part.Notes) < 2 {
			break // the largest are first
		}
		r := Region{Community: part, Hubs: slices.Clone(part.Notes)}
		slices.SortStableFunc(r.Hubs, func(a, b int32) int { return cmp.Compare(rank[b], rank[a]) })
		r.Hubs = r.Hubs[:min(some, len(r.Hubs))]
		for to, links := range between[i] {
			r.Links = append(r.Links, Bridge{to + 1, links})
		}
		slices.SortFunc(r.Links, func(a, b Bridge) int { return cmp.Or(b.Links-a.Links, a.To-b.To) })
		r.Links = r.Links[:min(some, len(r.Links))]
		out = append(out, r)
	}
	return out
}
