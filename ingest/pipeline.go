package ingest

import (
	"context"

	"golang.org/x/sync/errgroup"

	"amalfa/store"
)

// A batch becomes one transaction.
type batch struct {
	notes   []*prepared
	tasks   []task       // of notes, in the same order
	files   []store.File // refused files, and unchanged ones that look different
	gone    []string     // vanished since the walk
	same    int          // unchanged files that were read
	closing store.Batch  // of the last batch: records of the walk, notes that left
	more    bool         // it is not the last
	chunks  int
	bytes   int
}

// A batch is closed when it is large in any way. Small batches keep what Ctrl-C loses small.
const (
	batchChunks = 64
	batchFiles  = 256
	batchBytes  = 1 << 20
)

func (b *batch) empty() bool {
	c := b.closing
	return !c.Whole && len(b.notes)+len(b.files)+len(b.gone)+len(c.Files)+len(c.Deletes)+len(c.Others)+len(c.Gone) == 0
}

func (b *batch) full() bool {
	return b.chunks >= batchChunks || len(b.notes)+len(b.files) >= batchFiles || b.bytes >= batchBytes
}

// pipeline reads and parses in one goroutine and writes in another, in order. closing goes into the last batch.
func (r *run) pipeline(ctx context.Context, tasks []task, closing store.Batch) error {
	g, ctx := errgroup.WithContext(ctx)
	read := make(chan *batch, 1)
	g.Go(func() error {
		defer close(read)
		return r.read(ctx, tasks, closing, read)
	})
	g.Go(func() error { return r.write(ctx, read) })
	return g.Wait()
}

func send(ctx context.Context, to chan<- *batch, b *batch) error {
	select {
	case to <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read fills batches.
func (r *run) read(ctx context.Context, tasks []task, closing store.Batch, out chan<- *batch) error {
	b := &batch{}
	for _, t := range tasks {
		if b.full() {
			b.more = true
			if err := send(ctx, out, b); err != nil {
				return err
			}
			b = &batch{}
		}
		r.readOne(t, b)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	b.closing = closing
	return send(ctx, out, b)
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
