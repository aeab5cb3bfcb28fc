package graph

import (
	"cmp"
	"context"
	"slices"

	"amalfa/store"
)

// NoteVectors has one vector a note, of unit length: the mean of those of its passages. Safe for concurrent use.
type NoteVectors struct {
	IDs     []string // notes with a vector, in the order of rows
	Neutral float64  // the mean cosine of two different notes
	means   matrix
	rowOf   map[string]int
}

// ReadNoteVectors returns ErrNoVectors when the index holds none.
func ReadNoteVectors(ctx context.Context, st store.Store) (*NoteVectors, error) {
	sp, err := readSpace(ctx, st)
	if err != nil {
		return nil, err
	}
	v := &NoteVectors{IDs: sp.notes, means: sp.means(), rowOf: make(map[string]int, len(sp.notes))}
	v.Neutral = float64(v.means.meanCosine())
	for row, id := range sp.notes {
		v.rowOf[id] = row
	}
	return v, nil
}

// Of is the vector of a note, if it has one. It must not be changed.
func (v *NoteVectors) Of(id string) ([]float32, bool) {
	row, ok := v.rowOf[id]
	if !ok {
		return nil, false
	}
	return v.means.row(row), true
}

// A NearNote is a note and how near it is to another one, as a cosine.
type NearNote struct {
	ID     string
	Cosine float64
}

// Nearest are the k notes nearest to a note in meaning, nearest first, ties by id.
func (v *NoteVectors) Nearest(id string, k int) []NearNote {
	own, ok := v.Of(id)
	if !ok {
		return nil
	}
	near := make([]NearNote, 0, len(v.IDs))
	for row, other := range v.IDs {
		if other != id {
			near = append(near, NearNote{other, float64(min(dot(own, v.means.row(row)), 1))})
		}
	}
	slices.SortFunc(near, func(a, b NearNote) int { return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.ID, b.ID)) })
	return near[:min(k, len(near))]
}

// Neighbours are the notes that a note is linked with, whichever way, by position.
func (n *Network) Neighbours(node int32) []int32 { return n.both.of(int(node)) }
