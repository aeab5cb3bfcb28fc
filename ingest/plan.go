package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"amalfa/store"
)

// A task is one file that has to be read.
type task struct {
	candidate
	old   store.File // zero when the index does not know the file
	force bool       // write it even if its content is the same
}

// plan sorts the candidates into those the index holds already, going by what it looks like, and those that must be read.
func (r *run) plan() []task {
	var tasks []task
	for _, c := range r.found.files {
		t := task{candidate: c, old: r.known[c.id]}
		outdated := r.outdated(t)
		t.force = t.old.HasNote() && (outdated || t.old.State == store.Failed)
		same := t.old.ID != "" && t.old.Signature == c.signature && !t.old.Racy && !outdated
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

// outdated tells whether another chunker cut a file, or its links were read in another dialect. What was cut by counting tokens is
// left alone by a run that only guesses, unless it was read otherwise.
func (r *run) outdated(t task) bool {
	cut, dialect, _ := strings.Cut(t.old.Chunker, inVault)
	switch {
	case t.old.ID == "":
		return false
	case dialect != t.vault.Version():
		return true
	case r.guess:
		return !strings.HasPrefix(cut, fmt.Sprintf("%d/", cutVersion))
	}
	return cut != r.chunker
}

// inVault stands in the record of a file between what cut it and the version of its vault.
const inVault = " in "

// version is what the record of a file says of how it was read.
func (r *run) version(c candidate) string {
	if v := c.vault.Version(); v != "" {
		return r.chunker + inVault + v
	}
	return r.chunker
}

// keep makes of the record of a file that could not be read one that keeps the note: only a file that does not exist is deleted.
func keep(old, f store.File) store.File {
	if !old.HasNote() {
		return f
	}
	old.State, old.Reason = f.State, f.Reason
	return old
}

// signatureOf tells cheaply that a file has not changed. An edit whose size and time of modification were put back (cp -p, touch)
// still shows, by the time of change, wherever the system keeps one.
func signatureOf(info fs.FileInfo) store.Signature {
	ctime, inode := changeTimeAndInode(info)
	return store.Signature{Size: info.Size(), MTime: info.ModTime().UnixNano(), CTime: ctime, Inode: inode}
}

// RacyTime covers the coarsest clock of a common file system (FAT: 2 s).
const RacyTime = 2 * time.Second

// isRacy tells whether a file changed so shortly before now that a later change may carry the same time (the "racy" entries of
// git's index). The next run reads such a file again.
func isRacy(s store.Signature, now time.Time) bool {
	return max(s.MTime, s.CTime) > now.Add(-RacyTime).UnixNano()
}

// looksChanged tells whether a file differs from its record. Its inode alone does not count: some network file systems number all
// files anew when they are mounted.
func looksChanged(old store.File, now store.Signature) bool {
	if fromLayout2(old) {
		return now.Size != old.Size || now.MTime < old.MTime || now.MTime >= old.MTime+int64(time.Second)
	}
	now.Inode = old.Inode
	return old.Signature != now
}

// cutVersion changes whenever the same file is cut, or read, in another way than before.
const cutVersion = 7

// probes are texts of which different tokenizers make different numbers of tokens.
var probes = []string{
	"The internationalization of tide tables, 2026-11-23T08:00Z.", "Die Fähre legt früh um acht an der Mole ab.", "次の会議は金曜日の午後三時に始まります。",
	"func (w *walker) readIgnore(folder, domain string) rules", "unbelievably antidisestablishmentarian preprocessing",
}

// chunkerVersion names all that decides how a file is cut, other than the file: this program, the model's limit and its tokens. A
// file whose record names another one is cut again though it did not change.
func chunkerVersion(o Options) string {
	tokens := make([]int, len(probes))
	for i, p := range probes {
		tokens[i] = o.Count(p)
	}
	return fmt.Sprintf("%d/%d/%d", cutVersion, o.MaxTokens, tokens)
}

// layout2 begins the chunker's version of a record that came from layout 2 of the index; a number below 1000 follows. Such a record
// knows the file's time to the second, until the file is read again.
const layout2 = "layout 2: "

func fromLayout2(f store.File) bool { return f.Racy && strings.HasPrefix(f.Chunker, layout2) }

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
	if err == nil && r.Store != nil {
		err = r.count(ctx)
	}
	r.summarize()
	return r.summary, changes, err
}

func (r *run) preview(ctx context.Context) ([]Change, error) {
	if r.Store != nil {
		active, err := r.Store.ActiveModel(ctx)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		r.active = active.Digest
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
	if err := r.countReused(ctx, b); err != nil {
		return nil, err
	}
	n := b.notes[0]
	r.accountNote(n)
	r.summary.Embedded += len(n.put.Chunks) - n.reused
	c := Change{ID: t.id, Action: Add, Chunks: len(n.put.Chunks)}
	if t.old.HasNote() {
		c.Action = Renew
	}
	return []Change{c}, nil
}
