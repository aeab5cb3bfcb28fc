package ingest

import (
	"context"
	"strings"

	"amalfa/store"
)

// A task is one file that has to be read.
type task struct {
	candidate
	old   store.File // zero when the index does not know the file
	force bool       // write it even if its content is the same
}

// plan sorts the candidates into those the index holds already, going by size and stamp, and those that must be read.
func (r *run) plan(ctx context.Context) ([]task, error) {
	var tasks []task
	for _, c := range r.found.files {
		t := task{candidate: c, old: r.known[c.id]}
		var err error
		if t.force, err = r.vectors.lacking(ctx, r.Store, t.old); err != nil {
			return nil, err
		}
		recut := t.old.ID != "" && recipeOf(t.old.MTime) != r.recipe && !r.guess
		t.force = t.force || recut && holdsNote(t.old)
		same := t.old.ID != "" && t.old.Size == c.size && sameStamp(t.old.MTime, c.stamp) && !isUnsettled(t.old.MTime) && !recut
		switch {
		case same && t.old.State == store.Skipped:
			r.fail(t.old)
		case same && holdsNote(t.old) && !t.force:
			r.summary.Unchanged++
			if marked(t.old) {
				r.vectors.without++
			}
		default:
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

func holdsNote(f store.File) bool { return f.State == store.Indexed || f.State == store.Partial }

// noVectors ends the reason of a file whose passages are found by keyword only, so that a later run can complete it.
const noVectors = "no vectors yet"

func withoutVectors(reason string) string {
	if reason == "" {
		return noVectors
	}
	return reason + "; " + noVectors
}

func marked(f store.File) bool { return strings.HasSuffix(f.Reason, noVectors) }
