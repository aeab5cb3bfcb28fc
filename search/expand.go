package search

import (
	"context"
	"slices"

	"amalfa/store"
)

// expand collects candidates until they are of as many notes as a page shows. The passages of one long note may be all that
// either side brings; the others are then asked for without it.
func (r *run) expand(ctx context.Context) ([]candidate, *neighbours, error) {
	found, near, err := r.candidates(ctx)
	if err != nil || r.query.Passages || len(found) < depth {
		return found, near, err
	}
	allowed, degraded := r.allowed, r.degraded
	defer func() { r.allowed, r.degraded = allowed, degraded }()
	want := min(r.query.Limit, DefaultLimit)
	for seen := notesOf(found); len(seen) < want; seen = notesOf(found) {
		if more, err := r.store.List(ctx, "", "", len(seen)+1); err != nil || len(more) <= len(seen) {
			return found, near, err
		}
		if err := r.without(ctx, seen); err != nil {
			return nil, nil, err
		}
		more, _, err := r.candidates(ctx)
		if err != nil || len(more) == 0 {
			return found, near, err
		}
		found = append(found, shiftRanks(more, len(found))...)
	}
	return found, near, nil
}

// shiftRanks moves the ranks of candidates behind those found before.
func shiftRanks(more []candidate, before int) []candidate {
	for i := range more {
		for _, rank := range []*int{&more[i].why.KeywordRank, &more[i].why.VectorRank} {
			if *rank > 0 {
				*rank += before
			}
		}
	}
	return more
}

// notesOf lists the notes of candidates, each once.
func notesOf(found []candidate) []string {
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.chunk.Note
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// without takes the passages of notes from those allowed.
func (r *run) without(ctx context.Context, notes []string) error {
	var ids []int64
	for _, note := range notes {
		chunks, err := r.store.Chunks(ctx, note)
		if err != nil {
			return err
		}
		for _, c := range chunks {
			ids = append(ids, c.ID)
		}
	}
	r.allowed = r.allowed.And(store.NewSet(ids).Not())
	return nil
}
