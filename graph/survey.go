package graph

import (
	"cmp"
	"context"
	"slices"

	"amalfa/store"
)

// A Shape is how the notes hang together by their links. Tags connect nothing here: that two notes have a tag is no statement
// of one about the other.
type Shape struct {
	Orphans    []string // notes without a link to or from another note, by id
	Components int      // sets of notes that links connect; an orphan is one by itself
	Largest    int      // notes of the largest of them
	Pairs      int      // of different notes that a link connects, whichever way and however often
	Hubs       []Hub    // the notes with most neighbours, at most MaxHubs

	degrees []int
}

// Over counts the notes with more neighbours than n.
func (s Shape) Over(n int) (count int) {
	for _, d := range s.degrees {
		if d > n {
			count++
		}
	}
	return count
}

// A Hub is a note and the number of notes that a link connects it to.
type Hub struct {
	ID         string `json:"id"`
	Neighbours int    `json:"neighbours"`
}

// MaxHubs bounds Shape.Hubs.
const MaxHubs = 5

// Survey looks at all notes. It takes one read of the edges of each.
func Survey(ctx context.Context, st store.Store) (Shape, error) {
	notes, err := st.List(ctx, "", "", 0)
	if err != nil {
		return Shape{}, err
	}
	near := make(map[string]map[string]bool, len(notes))
	for _, n := range notes {
		near[n.ID] = map[string]bool{}
	}
	shape := Shape{Orphans: []string{}, Hubs: []Hub{}}
	for _, n := range notes {
		edges, err := st.Edges(ctx, n.ID, store.Out)
		if err != nil {
			return Shape{}, err
		}
		for _, e := range edges {
			if to, ok := near[e.Target]; ok && e.Resolved && !e.File && e.Target != n.ID && !to[n.ID] {
				shape.Pairs++
				near[n.ID][e.Target], to[n.ID] = true, true
			}
		}
	}
	seen := make(map[string]bool, len(notes))
	for _, n := range notes {
		shape.degrees = append(shape.degrees, len(near[n.ID]))
		if len(near[n.ID]) == 0 {
			shape.Orphans = append(shape.Orphans, n.ID)
		} else {
			shape.Hubs = append(shape.Hubs, Hub{n.ID, len(near[n.ID])})
		}
		if !seen[n.ID] {
			shape.Components++
			shape.Largest = max(shape.Largest, reach(near, n.ID, seen))
		}
	}
	slices.SortStableFunc(shape.Hubs, func(a, b Hub) int { return cmp.Compare(b.Neighbours, a.Neighbours) })
	shape.Hubs = shape.Hubs[:min(len(shape.Hubs), MaxHubs)]
	return shape, nil
}

// Parallel counts the links among the edges of one note that lead where one of the same type leads already.
func Parallel(edges []store.Edge) (count int) {
	seen := map[[2]string]bool{}
	for _, e := range edges {
		if key := [2]string{e.Target, e.Type}; e.Resolved && !e.File && seen[key] {
			count++
		} else {
			seen[key] = true
		}
	}
	return count
}

// reach marks all that is connected to a note, and returns how many that are.
func reach(near map[string]map[string]bool, from string, seen map[string]bool) int {
	seen[from] = true
	queue := []string{from}
	for i := 0; i < len(queue); i++ {
		for to := range near[queue[i]] {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return len(queue)
}
