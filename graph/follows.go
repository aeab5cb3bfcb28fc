package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"amalfa/store"
)

// Follows are the edges between the notes of one community that state a day, in their front matter or their file's name: each follows the one
// before it. Notes of one day follow nothing of that day, and the time of a file counts for nothing.
func (n *Network) Follows() (out []store.GraphEdge) {
	for _, part := range n.Communities().All {
		dated := slices.DeleteFunc(slices.Clone(part.Notes), func(i int32) bool { return n.Notes[i].Date == "" })
		slices.SortFunc(dated, func(a, b int32) int {
			return cmp.Or(strings.Compare(n.Notes[a].Date, n.Notes[b].Date), cmp.Compare(a, b))
		})
		for i := 1; i < len(dated); i++ {
			before, after := n.Notes[dated[i-1]], n.Notes[dated[i]]
			if !strings.HasPrefix(after.Date, before.Date) { // a month does not come before its days
				out = append(out, store.GraphEdge{Source: dated[i], Target: dated[i-1], Type: follows, Weight: 1, Resolved: true})
			}
		}
	}
	slices.SortFunc(out, func(a, b store.GraphEdge) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Target, b.Target))
	})
	return out
}

// A followStore answers with the edges of Follows alone, which no note holds, so that one can walk along them.
type followStore struct {
	store.Store
	edges map[string][]store.Edge
}

// following is the store to walk in for a relation: reading the whole graph is the price of asking for FOLLOWS.
func following(ctx context.Context, st store.Store, relation string) (store.Store, error) {
	if relation != follows {
		return st, nil
	}
	n, err := Load(ctx, st)
	if err != nil {
		return nil, err
	}
	f := followStore{st, map[string][]store.Edge{}}
	for _, e := range n.Follows() {
		after, before := n.Notes[e.Source], n.Notes[e.Target]
		edge := store.Edge{Source: after.ID, Target: before.ID, Type: follows, Weight: 1, Resolved: true,
			Sentence: fmt.Sprintf("%s (%s) comes after %s (%s)", after.Date, after.DateFrom, before.Date, before.DateFrom)}
		f.edges[after.ID] = append(f.edges[after.ID], edge)
		f.edges[before.ID] = append(f.edges[before.ID], edge)
	}
	return f, nil
}

// Edges implements store.Store.
func (f followStore) Edges(_ context.Context, id string, dir store.Direction) (out []store.Edge, err error) {
	for _, e := range f.edges[id] {
		if dir == store.Both || dir == store.Out && e.Source == id || dir == store.In && e.Target == id {
			out = append(out, e)
		}
	}
	return out, nil
}
