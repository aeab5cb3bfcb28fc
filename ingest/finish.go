package ingest

import (
	"context"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

func (r *run) giveUp() {
	for _, t := range r.again {
		if t.counted {
			continue
		}
		r.fail(store.File{ID: t.id, State: store.Failed, Reason: errChanging.Error()})
	}
}

// fail puts a refused file into the summary.
func (r *run) fail(f store.File) {
	switch f.State {
	case store.Skipped:
		r.summary.Skipped++
	case store.Failed:
		r.summary.Failed++
	default:
		return
	}
	r.summary.Files = append(r.summary.Files, f)
}

// gone are the records in scope whose file is no longer a candidate, by id. What lies in a folder that could not be read stays.
func (r *run) gone() []string {
	here := make(map[string]bool, len(r.found.files))
	for _, c := range r.found.files {
		here[c.id] = true
	}
	for _, f := range r.found.refused {
		here[f.ID] = true
	}
	var ids []string
	for id := range r.known {
		hidden := slices.ContainsFunc(r.found.blind, func(dir string) bool { return under(id, dir) })
		if !here[id] && !hidden {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// closing is what the last batch of a run writes besides notes.
func (r *run) closing() store.Batch {
	b := store.Batch{Deletes: r.gone()}
	for _, f := range r.found.refused {
		r.fail(f)
		old, ok := r.known[f.ID]
		if ok && old.State == f.State && old.Reason == f.Reason {
			continue
		}
		if f.State == store.Failed {
			f = keep(old, f)
		}
		b.Files = append(b.Files, f)
	}
	return b
}

// countBroken asks the store which of the links written by this run lead nowhere, now that all notes are in.
func (r *run) countBroken(ctx context.Context) error {
	for _, id := range r.written {
		edges, err := r.Store.Edges(ctx, id, store.Out)
		if err != nil {
			return err
		}
		for _, e := range edges {
			if !strings.HasPrefix(e.Target, notes.TagPrefix) && (e.Resolved || !e.Path || notes.IsMarkdown(e.Target)) {
				r.summary.Links++
				if !e.Resolved {
					r.summary.BrokenLinks++
				}
			}
		}
	}
	return nil
}

func (r *run) finish() {
	s := &r.summary
	s.Tags = len(r.tags)
	s.Pending = s.Seen - s.Indexed - s.Unchanged - s.Partial - s.Skipped - s.Failed
	slices.SortFunc(s.Files, func(a, b store.File) int { return strings.Compare(a.ID, b.ID) })
	if s.Missing > 0 {
		s.Degraded = append(s.Degraded, r.vectors.degraded(s.Missing))
	}
	s.Took = r.Now().Sub(r.began)
}
