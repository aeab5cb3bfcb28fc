package graph

import (
	"context"

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

// Survey looks at all notes.
func Survey(ctx context.Context, st store.Store) (Shape, error) {
	n, err := Load(ctx, st)
	if err != nil {
		return Shape{}, err
	}
	parts := n.Components()
	shape := Shape{Orphans: n.IDs(n.Orphans()), Components: len(parts), Pairs: n.both.links() / 2, Hubs: n.superNodes(0)}
	if len(parts) > 0 {
		shape.Largest = len(parts[0])
	}
	for i := range n.Notes {
		shape.degrees = append(shape.degrees, n.both.degree(i))
	}
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
