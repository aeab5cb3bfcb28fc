package ingest

import (
	"cmp"
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"amalfa/store"
)

// A batch becomes one transaction.
type batch struct {
	notes   []*prepared
	tasks   []task       // of notes, in the same order
	files   []store.File // refused files, and unchanged ones that look different
	gone    []string     // vanished since the walk, or private
	private []string     // of gone
	same    int          // unchanged files that were read
	closing store.Batch  // of the last batch: records of the walk, notes that left
	more    bool         // it is not the last
	chunks  int
	bytes   int
}

// A batch is closed when it is large in any way. The first is small, so that something is found at once, and each is twice as large as
// the one before it, up to largestBatch. Large ones save: what a transaction costs beside its notes, the pages of indexes that every
// batch writes again, and segments of words to merge. Of fresh notes of 400 words the largest takes half a second of two cores, which
// is what Ctrl-C or a crash may lose.
const (
	batchChunks  = 64
	batchFiles   = 32
	batchBytes   = 128 << 10
	largestBatch = 32 // times those
)

func (b *batch) empty() bool {
	c := b.closing
	return !c.Whole && len(b.notes)+len(b.files)+len(b.gone)+len(c.Files)+len(c.Deletes)+len(c.Others)+len(c.Gone) == 0
}

// full tells whether a batch has some times the size of the first one.
func (b *batch) full(times int) bool {
	return b.chunks >= times*batchChunks || len(b.notes)+len(b.files) >= times*batchFiles || b.bytes >= times*batchBytes
}

// pipeline reads and parses in several goroutines and writes in another, in order. closing goes into the last batch.
func (r *run) pipeline(ctx context.Context, tasks []task, closing store.Batch) error {
	g, ctx := errgroup.WithContext(ctx)
	files, batches := make(chan chan *batch, filesAhead), make(chan *batch, 1)
	g.Go(func() error {
		defer close(files)
		return r.read(ctx, tasks, files)
	})
	g.Go(func() error {
		defer close(batches)
		return gather(ctx, files, closing, batches)
	})
	g.Go(func() error { return r.write(ctx, batches) })
	return g.Wait()
}

func send[T any](ctx context.Context, to chan<- T, b T) error {
	select {
	case to <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// filesAhead bounds the files that were read and are in no batch yet: the largest have 8 MB.
const filesAhead = 16

// read reads and parses files on all cores, and passes each on, as a batch of one, in the order of the tasks.
func (r *run) read(ctx context.Context, tasks []task, out chan<- chan *batch) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, t := range tasks {
		file := make(chan *batch, 1)
		if err := send(ctx, out, file); err != nil {
			break
		}
		g.Go(func() error {
			b := &batch{}
			r.readOne(t, b)
			file <- b
			return nil
		})
	}
	return cmp.Or(g.Wait(), ctx.Err())
}

// gather fills batches with files.
func gather(ctx context.Context, files <-chan chan *batch, closing store.Batch, out chan<- *batch) error {
	b, size := &batch{}, 1
	for file := range files {
		if b.full(size) {
			b.more = true
			if err := send(ctx, out, b); err != nil {
				return err
			}
			b, size = &batch{}, min(2*size, largestBatch)
		}
		select {
		case one := <-file:
			b.add(one)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil { // files may have ended too soon
		return err
	}
	b.closing = closing
	return send(ctx, out, b)
}

// add puts the files of another batch behind those of this one.
func (b *batch) add(other *batch) {
	b.notes, b.tasks = append(b.notes, other.notes...), append(b.tasks, other.tasks...)
	b.files, b.gone, b.private = append(b.files, other.files...), append(b.gone, other.gone...), append(b.private, other.private...)
	b.same += other.same
	b.chunks += other.chunks
	b.bytes += other.bytes
}

// readOne adds one file to a batch, whatever it turns out to be.
func (r *run) readOne(t task, b *batch) {
	c, err := readFile(r.root, t.id, r.MaxFileBytes)
	switch {
	case vanished(err):
		b.gone = append(b.gone, t.id)
	case err != nil:
		f := refusal(t.id, err)
		f.Signature, f.Chunker = t.signature, r.version(t.candidate)
		if f.State == store.Failed {
			f = keep(t.old, f)
		}
		b.files = append(b.files, f)
	default:
		r.readContent(t, c, b)
	}
}

// readContent adds a file that could be read.
func (r *run) readContent(t task, c content, b *batch) {
	t.signature = c.signature
	f := store.File{ID: t.id, Hash: c.hash, Signature: c.signature, Racy: isRacy(c.signature, r.Now()), Chunker: r.version(t.candidate)}
	if r.Withhold != nil && r.Withhold(t.id, c.data) {
		b.gone, b.private = append(b.gone, t.id), append(b.private, t.id) // what the store has of it, too
		return
	}
	if t.old.HasNote() && t.old.Held == c.hash { // nothing is new here, but on another machine
		f.State, f.Reason, f.Chunks = t.old.State, t.old.Reason, t.old.Chunks
		b.files = append(b.files, f)
		b.same++
		return
	}
	if !t.force && t.old.HasNote() && t.old.Hash == c.hash {
		b.files = append(b.files, r.unchanged(t.old, f))
		b.same++
		return
	}
	n, err := r.prepare.in(t.vault).prepare(t.id, c.data)
	if err != nil {
		why := refusal(t.id, err)
		f.State, f.Reason = why.State, why.Reason
		b.files = append(b.files, f)
		return
	}
	f.State, f.Reason = n.put.File.State, n.put.File.Reason
	n.put.File, n.put.Note.Hash, n.put.Note.Size, n.put.Note.MTime = f, f.Hash, f.Size, f.MTime
	if !t.old.HasNote() && r.Store != nil {
		n.put = r.Store.Prepare(n.put)
	}
	b.notes, b.tasks = append(b.notes, &n), append(b.tasks, t)
	b.chunks += len(n.put.Chunks)
	b.bytes += len(c.data)
}

// unchanged is the record of a note whose file, read again, holds what it held.
func (r *run) unchanged(old, now store.File) store.File {
	old.Signature, old.Racy = now.Signature, now.Racy
	if !r.guess {
		old.Chunker = now.Chunker
	}
	return old
}

// write commits batches as they come.
func (r *run) write(ctx context.Context, in <-chan *batch) error {
	for b := range in {
		if err := r.countReused(ctx, b); err != nil {
			return err
		}
		if err := r.commit(ctx, b); err != nil {
			return err
		}
	}
	return nil
}
