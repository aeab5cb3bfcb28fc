package graph

import (
	"context"
	"slices"

	"amalfa/store"
)

// A Route is a chain of links: the first begins at one node, each next one where the one before ended.
type Route struct {
	Found bool // false: nothing connects the two
	Steps []Link
}

// Path returns a shortest chain of links between two notes or tags, walking edges from either end; relation narrows it as in
// Explore. Of equally short chains it prefers notes to tags, then the order of store.Edges, so that the answer is the same
// for the same index. The path from a node to itself is found and empty.
func Path(ctx context.Context, st store.Store, from, to, relation string) (Route, error) {
	w := walker{store: st, relation: relation, came: map[string]Link{from: {}}, walked: map[edgeKey]bool{}}
	frontier := []string{from}
	for depth := 1; len(frontier) > 0; depth++ {
		if _, reached := w.came[to]; reached {
			return Route{Found: true, Steps: w.trace(from, to)}, nil
		}
		var next []string
		for _, node := range frontier {
			links, err := w.step(ctx, node, depth)
			if err != nil {
				return Route{}, err
			}
			next = append(next, w.enter(links)...)
		}
		frontier = next
	}
	return Route{}, nil
}

// trace follows the links back that reached a node.
func (w *walker) trace(from, to string) []Link {
	var steps []Link
	for node := to; node != from; node = w.came[node].From() {
		steps = append(steps, w.came[node])
	}
	slices.Reverse(steps)
	return steps
}
