package ingest

import (
	"context"
	"errors"
	"fmt"

	"amalfa/store"
)

// What a run would do with a note.
const (
	Add    = "add"    // the index does not hold it
	Renew  = "update" // its content, or the way of cutting it, changed
	Remove = "remove" // it is gone, or excluded now
)

// A Change is what a run would do with one note.
type Change struct {
	ID, Action string
	Chunks     int // passages it would have
}

// Preview says what Run would do, and writes nothing. Files that changed are read and cut, so that the Summary, whose counts are
// those of that run, holds the same reasons; Links and the like stay zero. Changes are sorted by id, removals last.
// Of the options, Store may be nil when there is no index yet; Embedder and WriterLock are not used.
func Preview(ctx context.Context, o Options) (Summary, []Change, error) {
	r, err := newRun(ctx, o, []string{"."})
	if err != nil {
		return Summary{}, nil, err
	}
	defer r.root.Close()
	changes, err := r.preview(ctx)
	r.finish()
	return r.summary, changes, err
}

func (r *run) preview(ctx context.Context) ([]Change, error) {
	r.summary.Seen = len(r.found.files) + len(r.found.refused)
	for _, base := range r.found.missing {
		r.summary.Degraded = append(r.summary.Degraded, fmt.Sprintf("source %s does not exist", base))
	}
	r.vectors = &vectors{claimed: make(map[string]bool)}
	if r.Store != nil {
		var err error
		if r.vectors.active, err = r.Store.ActiveModel(ctx); err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		r.vectors.model = r.vectors.active
	}
	var changes []Change
	for _, t := range r.plan() {
		c, err := r.previewOne(ctx, t)
		if err != nil {
			return changes, err
		}
		changes = append(changes, c...)
	}
	for _, f := range r.found.refused {
		r.fail(f)
	}
	for _, id := range r.gone() {
		if r.known[id].HasNote() {
			r.summary.Deleted++
			changes = append(changes, Change{ID: id, Action: Remove})
		}
	}
	return changes, nil
}

// previewOne reads one file and counts what would be embedded of it.
func (r *run) previewOne(ctx context.Context, t task) ([]Change, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := &batch{}
	r.readOne(t, b)
	r.summary.Seen -= len(b.gone)
	r.summary.Unchanged += b.same
	for _, f := range b.files {
		r.fail(f)
	}
	if len(b.notes) == 0 {
		return nil, nil
	}
	if err := r.vectors.claim(ctx, r.Store, b); err != nil {
		return nil, err
	}
	n := b.notes[0]
	r.accountNote(n)
	r.summary.Embedded += len(n.missing)
	c := Change{ID: t.id, Action: Add, Chunks: len(n.put.Chunks)}
	if t.old.HasNote() {
		c.Action = Renew
	}
	return []Change{c}, nil
}
