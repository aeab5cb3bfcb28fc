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
	files   []store.File // refused files, and unchanged ones with their new stamps
	gone    []string     // vanished since the walk
	same    int          // unchanged files that were read
	closing store.Batch  // of the last batch: records of the walk, notes that left
	more    bool         // it is not the last
	chunks  int
	bytes   int
	vectors map[string][]float32
	done    chan struct{} // closed when the vectors are there
	err     error
}

// A batch is closed when it is large in any way. Small batches keep what Ctrl-C loses small.
const (
	batchChunks = 64
	batchFiles  = 256
	batchBytes  = 1 << 20
	// batchesInFlight embed at the same time: while the last texts of one run on one core, the next one has the others.
	batchesInFlight = 2
)

func (b *batch) full() bool {
	return b.chunks >= batchChunks || len(b.notes)+len(b.files) >= batchFiles || b.bytes >= batchBytes
}

// pipeline reads and parses in one goroutine, embeds in others, and writes in a third, in order. Each stage is a batch ahead
// of the next, so that the embedder always has work. closing goes into the last batch.
func (r *run) pipeline(ctx context.Context, tasks []task, closing store.Batch) error {
	g, ctx := errgroup.WithContext(ctx)
	read, embedded := make(chan *batch, 1), make(chan *batch, batchesInFlight)
	g.Go(func() error {
		defer close(read)
		return r.read(ctx, tasks, closing, read)
	})
	g.Go(func() error {
		defer close(embedded)
		return r.embed(ctx, g, read, embedded)
	})
	g.Go(func() error { return r.write(ctx, embedded) })
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

// readOne adds one file to a batch, whatever it turns out to be. Of a note that the summary has already, the next run tells what
// became of it.
func (r *run) readOne(t task, b *batch) {
	c, err := readFile(r.root, t.id, r.MaxFileBytes)
	switch {
	case vanished(err) && !t.counted:
		b.gone = append(b.gone, t.id)
	case err != nil && !t.counted:
		f := refusal(t.id, err)
		f.Size, f.MTime = t.size, t.stamp+2*r.recipe
		if f.State == store.Failed {
			f = keep(t.old, f)
		}
		b.files = append(b.files, f)
	case err == nil:
		r.readContent(t, c, b)
	}
}

// readContent adds a file that could be read.
func (r *run) readContent(t task, c content, b *batch) {
	stamp := settle(stampOf(c.info), c.info, r.Now()) + 2*r.recipe
	t.stamp = stampOf(c.info)
	if !t.force && t.old.HasNote() && t.old.Hash == c.hash {
		t.old.MTime, t.old.Size = stamp, c.info.Size()
		b.files = append(b.files, t.old)
		b.same++
		return
	}
	n, err := r.prepare.prepare(t.id, c.data)
	if err != nil && !t.counted {
		f := refusal(t.id, err)
		f.Size, f.MTime, f.Hash = c.info.Size(), stamp, c.hash
		b.files = append(b.files, f)
	}
	if err != nil {
		return
	}
	n.put.Note.Hash, n.put.Note.Size, n.put.Note.MTime = c.hash, c.info.Size(), stamp
	b.notes, b.tasks = append(b.notes, &n), append(b.tasks, t)
	b.chunks += len(n.put.Chunks)
	b.bytes += len(c.data)
}

// embed starts the embedding of each batch and passes it on in order.
func (r *run) embed(ctx context.Context, g *errgroup.Group, in <-chan *batch, out chan<- *batch) error {
	slots := make(chan struct{}, batchesInFlight)
	for b := range in {
		b.vectors, b.done = make(map[string][]float32), make(chan struct{})
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := r.vectors.claim(ctx, r.Store, b); err != nil {
			return err
		}
		g.Go(func() error {
			defer func() { <-slots; close(b.done) }()
			b.err = r.vectors.embed(ctx, b)
			return b.err
		})
		if err := send(ctx, out, b); err != nil {
			return err
		}
	}
	return nil
}

// write commits batches as they become ready.
func (r *run) write(ctx context.Context, in <-chan *batch) error {
	for b := range in {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if b.err != nil {
			return b.err
		}
		if err := r.commit(ctx, b); err != nil {
			return err
		}
	}
	return nil
}
