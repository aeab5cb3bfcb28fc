package batch

import (
	"cmp"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// A GraphRow is an edge of a graph as tables have it: with its ends, and its name where no note answers.
type GraphRow struct {
	Edge          store.GraphEdge
	Rule          notes.Rule
	IsTag, IsFile bool
}

// Done is the edge with what follows from that.
func (r GraphRow) Done() store.GraphEdge {
	e := r.Edge
	e.Symbol = r.Rule == notes.BySymbol
	if e.Resolved = e.Target >= 0; !e.Resolved {
		e.Resolved, e.File = r.IsTag || r.IsFile, r.IsFile
	}
	return e
}

// SortGraph brings edges into the order that a graph promises.
func SortGraph(g *store.Graph) {
	slices.SortStableFunc(g.Edges, func(a, b store.GraphEdge) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Target, b.Target),
			strings.Compare(a.Name, b.Name), strings.Compare(a.Type, b.Type))
	})
}
