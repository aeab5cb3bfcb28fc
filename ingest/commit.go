package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"amalfa/store"

	"github.com/gofrs/flock"
)

// commit writes one batch in one transaction, under the lock of all writers of this machine. Notes that writers on others have put since
// they were looked up are read again: of such notes the last commit wins, and whole.
func (r *run) commit(ctx context.Context, b *batch) error {
	for {
		err := r.commitOnce(ctx, b)
		var lost *store.ConflictError
		if !errors.As(err, &lost) {
			return err
		}
		if err := r.readAgain(ctx, b, lost.IDs); err != nil {
			return err
		}
	}
}

// readAgain takes notes out of a batch that are no longer as the run knew them, and learns how they are now.
func (r *run) readAgain(ctx context.Context, b *batch, ids []string) error {
	now, err := r.Store.FilesAt(ctx, ids)
	if err != nil {
		return err
	}
	r.lost = true
	notes, tasks := b.notes, b.tasks
	b.notes, b.tasks = nil, nil
	for i, n := range notes {
		t := tasks[i]
		if !slices.Contains(ids, n.put.Note.ID) {
			b.notes, b.tasks = append(b.notes, n), append(b.tasks, t)
			continue
		}
		t.old = now[t.id]
		r.again = append(r.again, t)
	}
	return nil
}

// replaces is what the put of a task's note takes the place of.
func (t task) replaces() *string {
	hash := ""
	if t.old.HasNote() {
		hash = t.old.Hash
	}
	return &hash
}

func (r *run) commitOnce(ctx context.Context, b *batch) error {
	if b.empty() {
		return nil
	}
	err := locked(ctx, r.WriterLock, func() error {
		r.dropChanged(b)
		out := store.Batch{
			Files: slices.Concat(b.files, b.closing.Files), Deletes: slices.Concat(b.gone, b.closing.Deletes),
			Private: slices.Concat(b.private, b.closing.Private), Others: b.closing.Others, Gone: b.closing.Gone, More: b.more,
		}
		out.Whole = b.closing.Whole
		for i, n := range b.notes {
			put := n.put
			put.Over = b.tasks[i].replaces()
			out.Puts = append(out.Puts, put)
		}
		return r.Store.Apply(ctx, out)
	})
	if err != nil {
		return err
	}
	r.account(b)
	return nil
}

// dropChanged takes out files that changed since they were read: another writer may have written their newer state already.
func (r *run) dropChanged(b *batch) {
	notes, tasks := b.notes, b.tasks
	b.notes, b.tasks = nil, nil
	for i, n := range notes {
		info, err := r.root.Lstat(tasks[i].id)
		if err == nil && signatureOf(info) == tasks[i].signature {
			b.notes, b.tasks = append(b.notes, n), append(b.tasks, tasks[i])
			continue
		}
		r.again = append(r.again, tasks[i])
	}
}

// locked runs fn while no other writer of this index does; a path of "" is no lock.
func locked(ctx context.Context, path string, fn func() error) error {
	if path == "" {
		return fn()
	}
	lock := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDWR))
	if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer lock.Close()
	return fn()
}

// account adds a committed batch to the summary and reports progress.
func (r *run) account(b *batch) {
	s := &r.summary
	s.Unchanged += b.same
	for _, f := range b.files {
		r.fail(f)
	}
	for _, n := range b.notes {
		r.accountNote(n)
	}
	s.Seen -= len(b.gone)
	for _, id := range slices.Concat(b.gone, b.closing.Deletes) {
		if r.known[id].HasNote() {
			s.Deleted++
		}
	}
	r.done += len(b.files) + len(b.notes) + len(b.gone)
	r.Progress(r.progress())
}

func (r *run) progress() Progress {
	p := Progress{Done: r.done, Total: r.total, Chunks: r.summary.Chunks}
	if elapsed := r.Now().Sub(r.began); elapsed > 0 && r.done > 0 {
		p.Rate = float64(r.done) / elapsed.Seconds()
		p.Left = time.Duration(float64(elapsed) / float64(r.done) * float64(r.total-r.done))
	}
	return p
}

func (r *run) accountNote(n *prepared) {
	s := &r.summary
	s.Chunks += len(n.put.Chunks)
	s.Reused += n.reused
	if n.frontMatter {
		s.FrontMatter++
	}
	r.written = append(r.written, n.put.Note.ID)
	if n.put.File.State == store.Partial {
		s.Partial++
		s.Files = append(s.Files, n.put.File)
		return
	}
	s.Indexed++
}

func (r *run) giveUp() {
	for _, t := range r.again {
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

// gone are the records in scope whose file is no longer a candidate, by id. What lies in a folder that could not be read stays, and so
// does what another machine wrote.
func (r *run) gone() []string {
	here := make(map[string]bool, len(r.found.files))
	for _, c := range r.found.files {
		here[c.id] = true
	}
	for _, f := range r.found.refused {
		here[f.ID] = true
	}
	var ids []string
	for id, f := range r.known {
		if !here[id] && !f.Elsewhere && !r.hidden(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// hidden tells whether something lies where nobody could look.
func (r *run) hidden(id string) bool {
	return slices.ContainsFunc(r.found.blind, func(dir string) bool { return under(id, dir) })
}

// closing is what the last batch of a run writes besides notes.
func (r *run) closing() store.Batch {
	b := store.Batch{Deletes: r.gone(), Whole: r.scope.covers(".")}
	b.Private = slices.DeleteFunc(slices.Clone(b.Deletes), func(id string) bool { return !r.becamePrivate(id) })
	b.Others, b.Gone = r.otherChanges()
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

// count asks the store what it holds now, and which of its notes wait for vectors.
func (r *run) count(ctx context.Context) (err error) {
	if r.summary.Whole, err = r.Store.Stats(ctx); err != nil {
		return err
	}
	waiting, err := r.Store.WithoutVectors(ctx, r.active)
	r.summary.Missing = len(slices.DeleteFunc(waiting, func(id string) bool { return !r.scope.covers(id) }))
	return err
}

// countReused counts the passages of a batch, before it is written, whose text has its vector already, or is in this run for the
// second time.
func (r *run) countReused(ctx context.Context, b *batch) error {
	var hashes []string
	for _, n := range b.notes {
		for _, c := range n.put.Chunks {
			hashes = append(hashes, c.Hash)
		}
	}
	var has map[string]bool
	if r.Store != nil && r.active != "" {
		var err error
		if has, err = r.Store.HasVectors(ctx, r.active, hashes); err != nil {
			return err
		}
	}
	for _, n := range b.notes {
		for _, c := range n.put.Chunks {
			key := beginning(c.Hash)
			if has[c.Hash] || r.passed[key] {
				n.reused++
			}
			r.passed[key] = true
		}
	}
	return nil
}

// beginning is that of a hash in hex: enough to tell some million passages apart.
func beginning(hash string) uint64 {
	n, _ := strconv.ParseUint(hash[:min(16, len(hash))], 16, 64)
	return n
}

func (r *run) summarize() {
	s := &r.summary
	s.Pending = s.Seen - s.Indexed - s.Unchanged - s.Partial - s.Skipped - s.Failed
	slices.SortFunc(s.Files, func(a, b store.File) int { return strings.Compare(a.ID, b.ID) })
	s.Took = r.Now().Sub(r.began)
}
