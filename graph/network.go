package graph

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// Types of edges that are no link of one note to another: they say what a note is about, or when it was written.
const (
	taggedAs  = notes.TaggedAs
	exampleOf = notes.ExampleOf
	follows   = notes.Follows
)

// A Network is all of a store's graph in memory, for what must look at every note. Its links are those between notes, as written
// and typed relations: never those to tags, files and names that nothing answers. Parallel ones count once; one of a note to
// itself counts as networkx counts it. Nodes are positions in Notes. A Network does not change, and is safe for concurrent use.
type Network struct {
	store.Graph
	out, in adjacency // links by direction
	both    adjacency // without direction, and without links of a note to itself
	loops   []bool    // notes that link to themselves
}

// Load reads the graph of a store. It takes about half a second and 60 MB for 20,000 notes with 200,000 links (BenchmarkLoad).
func Load(ctx context.Context, st store.Store) (*Network, error) {
	g, err := st.Graph(ctx)
	if err != nil {
		return nil, err
	}
	return newNetwork(g), nil
}

func newNetwork(g store.Graph) *Network {
	n := &Network{Graph: g, loops: make([]bool, len(g.Notes))}
	var forth, back, all []link
	for _, e := range g.Edges {
		if !isLink(e) {
			continue
		}
		forth, back = append(forth, link{e.Source, e.Target}), append(back, link{e.Target, e.Source})
		if e.Source == e.Target {
			n.loops[e.Source] = true
			continue
		}
		all = append(all, link{e.Source, e.Target}, link{e.Target, e.Source})
	}
	n.out, n.in, n.both = newAdjacency(len(g.Notes), forth), newAdjacency(len(g.Notes), back), newAdjacency(len(g.Notes), all)
	return n
}

// isLink tells whether an edge is a link between notes.
func isLink(e store.GraphEdge) bool { return e.Target >= 0 && linksNotes(e.Type) }

// linksNotes tells whether edges of a type are links, where they lead to a note. This is the one place that says so.
func linksNotes(kind string) bool { return kind != taggedAs && kind != exampleOf && kind != follows }

// at is the position of a note by its id.
func (n *Network) at(id string) (int32, bool) {
	i, ok := slices.BinarySearchFunc(n.Notes, id, func(note store.GraphNote, id string) int { return strings.Compare(note.ID, id) })
	return int32(i), ok
}

// Tags returns the tags of each note, sorted, each once.
func (n *Network) Tags() [][]string {
	tags := make([][]string, len(n.Notes))
	for _, e := range n.Edges {
		if tag, ok := strings.CutPrefix(e.Name, notes.TagPrefix); ok && e.Type == taggedAs {
			tags[e.Source] = append(tags[e.Source], tag)
		}
	}
	for i := range tags {
		slices.Sort(tags[i])
		tags[i] = slices.Compact(tags[i])
	}
	return tags
}

// link is a pair of nodes.
type link struct{ from, to int32 }

// An adjacency has the neighbours of each node, ascending, each once: those of node i are to[start[i]:start[i+1]].
type adjacency struct {
	start []int32
	to    []int32
}

// newAdjacency sorts links, which it may reorder.
func newAdjacency(nodes int, links []link) adjacency {
	slices.SortFunc(links, func(a, b link) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	links = slices.Compact(links)
	a := adjacency{start: make([]int32, nodes+1), to: make([]int32, len(links))}
	for i, l := range links {
		a.start[l.from+1]++
		a.to[i] = l.to
	}
	for i := range nodes {
		a.start[i+1] += a.start[i]
	}
	return a
}

func (a adjacency) nodes() int          { return len(a.start) - 1 }
func (a adjacency) links() int          { return len(a.to) }
func (a adjacency) of(node int) []int32 { return a.to[a.start[node]:a.start[node+1]] }
func (a adjacency) degree(node int) int { return int(a.start[node+1] - a.start[node]) }
func (a adjacency) has(x, y int32) bool { _, ok := slices.BinarySearch(a.of(int(x)), y); return ok }
