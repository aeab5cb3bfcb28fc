package search

import (
	"context"
	"maps"

	"amalfa/store"
)

// lookup is what one question has asked the index about words and notes, so that each is read once.
type lookup struct {
	chunks  int // in the index; 0 while nobody asked
	holding map[string]int
	notes   map[string]store.Note
}

// frequencies returns how many chunks there are, and how many hold each of some terms of text.QueryTerms.
func (r *run) frequencies(ctx context.Context, terms []string) (chunks int, holding []int, err error) {
	l := &r.lookup
	var unknown []string
	for _, t := range terms {
		if _, known := l.holding[t]; !known {
			unknown = append(unknown, t)
		}
	}
	if len(unknown) > 0 || l.chunks == 0 {
		if err := l.count(ctx, r.store, unknown); err != nil {
			return 0, nil, err
		}
	}
	for _, t := range terms {
		holding = append(holding, l.holding[t])
	}
	return l.chunks, holding, nil
}

func (l *lookup) count(ctx context.Context, st store.Store, terms []string) error {
	chunks, holding, err := st.Frequencies(ctx, terms)
	if err != nil {
		return err
	}
	if l.chunks = chunks; l.holding == nil {
		l.holding = map[string]int{}
	}
	for i, t := range terms {
		l.holding[t] = holding[i]
	}
	return nil
}

// readNotes reads the notes of candidates, all at once. A note that is gone since is none of lookup.notes.
func (r *run) readNotes(ctx context.Context, found []candidate) error {
	l := &r.lookup
	var unknown []string
	for _, id := range notesOf(found) {
		if _, known := l.notes[id]; !known {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	read, err := r.store.GetAll(ctx, unknown)
	if err != nil {
		return err
	}
	if l.notes == nil {
		l.notes = map[string]store.Note{}
	}
	maps.Copy(l.notes, read)
	return nil
}
