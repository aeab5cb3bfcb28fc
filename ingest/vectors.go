package ingest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"go.uber.org/zap"

	"amalfa/store"
)

// vectors decides which passages need the embedder, and keeps its failures from stopping a run.
type vectors struct {
	embedder Embedder
	log      *zap.Logger
	model    store.Model // of this run; its digest is "" when nothing ever made vectors here
	active   store.Model // of the index; its digest is "" before the first

	mu      sync.Mutex
	ready   map[string]bool // chunk hashes that have a vector, or have one in a batch on its way
	down    error           // why the embedder is not asked any more
	strikes int             // failures in a row
	without int             // notes written without all their vectors
}

// maxStrikes failures in a row, each of a different note, mean that not a note but the embedder is at fault.
const maxStrikes = 3

func newVectors(ctx context.Context, o Options) (*vectors, error) {
	v := &vectors{embedder: o.Embedder, log: o.Log, ready: make(map[string]bool)}
	var err error
	if v.active, err = o.Store.ActiveModel(ctx); err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	v.model = v.active
	if o.Embedder == nil {
		v.down = errors.New("no embedding model")
		return v, nil
	}
	m, err := o.Embedder.Model(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		v.fail(err)
	default:
		v.model = m
	}
	return v, nil
}

func (v *vectors) fail(err error) {
	v.down = err
	v.log.Warn("Embedding is off for the rest of this run", zap.Error(err))
}

// lacking tells whether a file of the index has passages without a vector that this run can make.
func (v *vectors) lacking(ctx context.Context, st store.Store, f store.File) (bool, error) {
	switch {
	case v.down != nil || !holdsNote(f):
		return false, nil
	case marked(f):
		return true, nil
	case v.active.Digest == v.model.Digest:
		return false, nil
	}
	missing, err := v.missing(ctx, st, f.ID)
	return missing > 0, err
}

// missing counts a note's chunks that have no vector of the run's model.
func (v *vectors) missing(ctx context.Context, st store.Store, id string) (int, error) {
	chunks, err := st.Chunks(ctx, id)
	if err != nil {
		return 0, err
	}
	hashes := make([]string, len(chunks))
	for i, c := range chunks {
		hashes[i] = c.Hash
	}
	has, err := st.HasVectors(ctx, v.model.Digest, hashes)
	if err != nil {
		return 0, err
	}
	missing := 0
	for _, h := range hashes {
		if !has[h] {
			missing++
		}
	}
	return missing, nil
}

// claim returns the hashes of a batch that nobody has made a vector of, and takes them on. It also counts those that are reused.
func (v *vectors) claim(ctx context.Context, st store.Store, b *batch) error {
	var hashes []string
	for _, n := range b.notes {
		for _, c := range n.put.Chunks {
			hashes = append(hashes, c.Hash)
		}
	}
	has, err := st.HasVectors(ctx, v.model.Digest, hashes)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, n := range b.notes {
		for _, c := range n.put.Chunks {
			switch {
			case v.ready[c.Hash], has[c.Hash]:
				v.ready[c.Hash] = true
				b.reused++
			case v.down == nil:
				v.ready[c.Hash] = true
				n.missing = append(n.missing, c.Hash)
			}
		}
	}
	return nil
}

// embed makes the vectors a batch has claimed. If that fails, each note is tried alone, so that one bad text costs one note.
// It returns an error only when ctx ended.
func (v *vectors) embed(ctx context.Context, b *batch) error {
	var all []string
	texts := make(map[string]string)
	for _, n := range b.notes {
		all = append(all, n.missing...)
		for _, h := range n.missing {
			texts[h] = n.embed[h]
		}
	}
	if v.try(ctx, b, all, texts) == nil {
		return ctx.Err()
	}
	for _, n := range b.notes {
		err := v.try(ctx, b, n.missing, texts)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.judge(err, n)
	}
	return nil
}

// embedAtOnce is how many texts one call of the embedder gets: enough to keep every core busy, few enough to stop soon.
const embedAtOnce = 64

// try embeds all of the hashes or none of them.
func (v *vectors) try(ctx context.Context, b *batch, hashes []string, texts map[string]string) error {
	made := make(map[string][]float32, len(hashes))
	for from := 0; from < len(hashes); from += embedAtOnce {
		part := hashes[from:min(from+embedAtOnce, len(hashes))]
		list := make([]string, len(part))
		for i, h := range part {
			list[i] = texts[h]
		}
		got, err := v.embedder.Embed(ctx, list)
		if err != nil {
			return err
		}
		if err := v.check(got, len(list)); err != nil {
			return err
		}
		for i, h := range part {
			made[h] = got[i]
		}
	}
	for h, vec := range made {
		b.vectors[h] = vec
	}
	return nil
}

// check refuses an answer that would poison the index.
func (v *vectors) check(got [][]float32, want int) error {
	if len(got) != want {
		return fmt.Errorf("embedder gave %d vectors for %d texts", len(got), want)
	}
	for _, vec := range got {
		if len(vec) != v.model.Dim {
			return fmt.Errorf("embedder gave %d dimensions, its model has %d", len(vec), v.model.Dim)
		}
		var norm float64
		for _, x := range vec {
			norm += float64(x) * float64(x)
		}
		if !(norm > 0) || math.IsInf(norm, 0) {
			return errors.New("embedder gave a vector without a direction")
		}
	}
	return nil
}

// judge draws the conclusion of one note tried alone.
func (v *vectors) judge(err error, n *prepared) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err == nil {
		if len(n.missing) > 0 {
			v.strikes = 0
		}
		return
	}
	for _, h := range n.missing {
		delete(v.ready, h)
	}
	v.log.Warn("Note cannot be embedded", zap.String("note", n.put.Note.ID), zap.Error(err))
	if v.strikes++; v.strikes >= maxStrikes && v.down == nil {
		v.fail(err)
	}
}

// complete tells whether every chunk of a note has its vector, in the store or in a batch before this one.
func (v *vectors) complete(n *prepared) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range n.put.Chunks {
		if !v.ready[c.Hash] {
			v.without++
			return false
		}
	}
	return true
}

// activate makes the run's model the index's once every passage has its vector. Until then the old model's vectors answer.
func (v *vectors) activate(ctx context.Context, r *run) error {
	if v.down != nil || v.model.Digest == "" || v.model.Digest == v.active.Digest || !r.scope.covers(".") {
		return nil
	}
	files, err := r.Store.Files(ctx)
	if err != nil {
		return err
	}
	for id, f := range files {
		if !holdsNote(f) {
			continue
		}
		if missing, err := v.missing(ctx, r.Store, id); err != nil || missing > 0 {
			return err
		}
	}
	return r.locked(ctx, func() error { return r.Store.SetActiveModel(ctx, v.model) })
}

func (v *vectors) degraded() []string {
	if v.without == 0 {
		return nil
	}
	why := errors.New("see their reasons")
	if v.down != nil {
		why = v.down
	}
	return []string{fmt.Sprintf("%d notes are found by keyword only, without vectors: %v", v.without, why)}
}
