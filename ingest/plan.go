package ingest

import "amalfa/store"

// A task is one file that has to be read.
type task struct {
	candidate
	old   store.File // zero when the index does not know the file
	force bool       // write it even if its content is the same
	// counted: the summary has it already, and only its vectors are to come.
	counted bool
}

// plan sorts the candidates into those the index holds already, going by what it looks like, and those that must be read.
func (r *run) plan() []task {
	var tasks []task
	for _, c := range r.found.files {
		t := task{candidate: c, old: r.known[c.id]}
		t.force = t.old.HasNote() && (r.outdated(t.old) || t.old.State == store.Failed || r.vectors.lacking(t.old))
		same := t.old.ID != "" && t.old.Signature == c.signature && !t.old.Racy && !r.outdated(t.old)
		switch {
		case same && t.old.State == store.Skipped:
			r.fail(t.old)
		case same && t.old.HasNote() && !t.force:
			r.summary.Unchanged++
		default:
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// outdated tells whether another chunker cut a file. What was cut by counting tokens is left alone by a run that only guesses.
func (r *run) outdated(old store.File) bool {
	return old.ID != "" && !r.guess && old.Chunker != r.chunker && old.Chunker != r.before
}

// keep makes of the record of a file that could not be read one that keeps the note: only a file that does not exist is deleted.
func keep(old, f store.File) store.File {
	if !old.HasNote() {
		return f
	}
	old.State, old.Reason = f.State, f.Reason
	return old
}
