package ingest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/gofrs/flock"
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
	chunks  int
	bytes   int
	reused  int
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
	if vanished(err) {
		b.gone = append(b.gone, t.id)
		return
	}
	if err != nil {
		f := refusal(t.id, err)
		f.Size, f.MTime = t.size, t.stamp
		b.files = append(b.files, f)
		return
	}
	stamp := settle(stampOf(c.info), c.info, r.Now())
	t.stamp = stampOf(c.info)
	if !t.force && holdsNote(t.old) && t.old.Hash == c.hash {
		t.old.MTime, t.old.Size = stamp, c.info.Size()
		b.files = append(b.files, t.old)
		b.same++
		return
	}
	n, err := r.prepare.prepare(t.id, c.data)
	if err != nil {
		f := refusal(t.id, err)
		f.Size, f.MTime, f.Hash = c.info.Size(), stamp, c.hash
		b.files = append(b.files, f)
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

// commit writes one batch in one transaction, under the lock of all writers.
func (r *run) commit(ctx context.Context, b *batch) error {
	if len(b.notes)+len(b.files)+len(b.gone)+len(b.closing.Files)+len(b.closing.Deletes) == 0 {
		return nil
	}
	err := r.locked(ctx, func() error {
		r.dropChanged(b)
		out := store.Batch{
			Files: slices.Concat(b.files, b.closing.Files), Deletes: slices.Concat(b.gone, b.closing.Deletes),
			Vectors: b.vectors, Model: r.vectors.model,
		}
		for _, n := range b.notes {
			if !r.vectors.complete(n) {
				n.put.File.Reason = withoutVectors(n.put.File.Reason)
			}
			out.Puts = append(out.Puts, n.put)
		}
		if err := r.Store.Apply(ctx, out); err != nil {
			return err
		}
		return r.firstModel(ctx, len(b.vectors))
	})
	if err != nil {
		return err
	}
	r.account(b)
	return nil
}

// dropChanged takes out files that changed since they were read: another writer may have written their newer state already.
func (r *run) dropChanged(b *batch) {
	kept := b.notes[:0]
	for i, n := range b.notes {
		info, err := r.root.Lstat(b.tasks[i].id)
		if err == nil && stampOf(info) == b.tasks[i].stamp {
			kept = append(kept, n)
			continue
		}
		r.again = append(r.again, b.tasks[i])
	}
	b.notes = kept
}

// firstModel makes a model active at its first vectors when the index never had one: there is no older answer to keep.
func (r *run) firstModel(ctx context.Context, vectors int) error {
	if vectors == 0 || r.vectors.active.Digest != "" {
		return nil
	}
	if err := r.Store.SetActiveModel(ctx, r.vectors.model); err != nil {
		return err
	}
	r.vectors.active = r.vectors.model
	return nil
}

// locked runs fn while no other writer of this index does.
func (r *run) locked(ctx context.Context, fn func() error) error {
	if r.WriterLock == "" {
		return fn()
	}
	lock := flock.New(r.WriterLock, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDWR))
	if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", r.WriterLock, err)
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
	s.Embedded += len(b.vectors)
	s.Reused += b.reused
	s.Seen -= len(b.gone)
	for _, id := range slices.Concat(b.gone, b.closing.Deletes) {
		if holdsNote(r.known[id]) {
			s.Deleted++
		}
	}
	r.done += len(b.files) + len(b.notes) + len(b.gone)
	r.Progress(r.progress())
}

func (r *run) progress() Progress {
	p := Progress{Done: r.done, Total: r.total, Chunks: r.summary.Chunks, Embedded: r.summary.Embedded}
	if elapsed := r.Now().Sub(r.began); elapsed > 0 && r.done > 0 {
		p.Rate = float64(r.done) / elapsed.Seconds()
		p.Left = time.Duration(float64(elapsed) / float64(r.done) * float64(r.total-r.done))
	}
	return p
}

func (r *run) accountNote(n *prepared) {
	s := &r.summary
	s.Chunks += len(n.put.Chunks)
	if n.frontMatter {
		s.FrontMatter++
	}
	for _, tag := range n.put.Note.Tags {
		r.tags[tag] = true
	}
	r.written = append(r.written, n.put.Note.ID)
	if n.put.File.State == store.Partial {
		s.Partial++
		s.Files = append(s.Files, n.put.File)
		return
	}
	s.Indexed++
}
