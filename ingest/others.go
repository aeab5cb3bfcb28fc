package ingest

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"amalfa/store"
)

// Bounds on what is kept of files that are no notes, about 100 bytes each, and on how many links one run looks up on the disk.
const (
	maxOthers  = 200_000
	maxLookUps = 10_000
)

// other notes a file or folder that is there and is no note, so that links to it are not broken.
func (w *walker) other(id string) {
	switch {
	case !w.scope.covers(id) || !utf8.ValidString(id):
	case len(w.found.others) == maxOthers:
		w.found.uncounted++
	default:
		w.found.others = append(w.found.others, id)
	}
}

// folderID is the id of a folder among the others.
func folderID(folder string) string { return folder + "/" }

// readOthers reads what the index knows of others in scope.
func (r *run) readOthers(ctx context.Context) error {
	if r.found.uncounted > 0 {
		r.summary.Degraded = append(r.summary.Degraded, fmt.Sprintf("%d of the files that are no notes are not counted: by name alone links to them look broken", r.found.uncounted))
	}
	others, err := r.Store.Others(ctx)
	r.others = slices.DeleteFunc(others, func(o store.Other) bool { return !r.scope.covers(o.ID) })
	return err
}

// otherChanges are the others that came and went since the last run. What only a link made known is looked up in the end.
func (r *run) otherChanges() (came []store.Other, gone []string) {
	walked := make(map[string]bool, len(r.others))
	for _, o := range r.others {
		if !o.Linked {
			walked[o.ID] = !o.Elsewhere // whether it is ours to miss
		}
	}
	for _, id := range r.found.others {
		if _, known := walked[id]; !known {
			came = append(came, store.Other{ID: id})
		}
		delete(walked, id)
	}
	for id, ours := range walked {
		if ours && !r.hidden(id) {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	return came, gone
}

// lookUp asks the disk about paths that links name and no source covers, such as those of ignored files: that much of them is told,
// that the link is not broken, and nothing is read. In a run over part of the workspace only the links of the notes written in it
// are looked up.
func (r *run) lookUp(ctx context.Context) error {
	var sources []string // nil: all
	if !r.scope.covers(".") {
		sources = append([]string{}, r.written...)
	}
	missing, err := r.Store.BrokenPaths(ctx, sources, maxLookUps)
	if err != nil {
		return err
	}
	d := disk{root: r.root, folders: map[string]bool{}}
	b := store.Batch{}
	for _, t := range missing {
		if id, ok := d.find(t.Path()); ok && !r.withheld(id) {
			b.Others = append(b.Others, store.Other{ID: id, Linked: true})
		}
	}
	if b.Gone, err = r.unlinked(ctx, d); err != nil || len(b.Others)+len(b.Gone) == 0 {
		return err
	}
	return locked(ctx, r.WriterLock, func() error { return r.Store.Apply(ctx, b) })
}

// unlinked are the others that only a link made known, and that are gone or that no link names any more.
func (r *run) unlinked(ctx context.Context, d disk) (gone []string, err error) {
	for _, o := range r.others {
		if !o.Linked || o.Elsewhere {
			continue
		}
		links, err := r.Store.Edges(ctx, o.ID, store.In)
		if err != nil {
			return nil, err
		}
		if len(links) == 0 || !d.has(o.ID) {
			gone = append(gone, o.ID)
		}
	}
	return gone, nil
}
