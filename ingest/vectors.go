package ingest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"sync"

	"amalfa/store"

	"go.uber.org/zap"
)

// vectors decides which passages need the embedder, and keeps its failures from stopping a run.
type vectors struct {
	embedder Embedder
	log      *zap.Logger
	model    store.Model // of this run; its digest is "" when nothing ever made vectors here
	active   store.Model // of the index; its digest is "" before the first

	mu      sync.Mutex
	claimed map[string]bool      // chunk hashes that a batch of this round embeds
	spared  map[string][]float32 // made for notes that left their batch since, by chunk hash
	refused map[string]bool      // notes whose text the embedder refused
	down    error                // why the embedder is not asked any more
	strikes int                  // failures in a row
}

func newVectors(ctx context.Context, o Options) (*vectors, error) {
	v := &vectors{
		embedder: o.Embedder, log: o.Log,
		claimed: make(map[string]bool), spared: make(map[string][]float32), refused: make(map[string]bool),
	}
	var err error
	if v.active, err = o.Store.ActiveModel(ctx); err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	v.model = v.active
	if o.Embedder == nil {
		v.down = errors.New("no embedding model")
		return v, nil
	}
	m, err := askModel(ctx, o)
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

func askModel(ctx context.Context, o Options) (store.Model, error) {
	if o.ModelWait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.ModelWait, fmt.Errorf("the model is not ready after %v", o.ModelWait))
		defer cancel()
	}
	m, err := o.Embedder.Model(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return m, err
}

func (v *vectors) fail(err error) {
	v.down = err
	v.log.Warn("Embedding is off for the rest of this run", zap.Error(err))
}

// lacking tells whether a note of the index has passages without a vector that this run can make.
func (v *vectors) lacking(f store.File) bool {
	return v.down == nil && f.Chunks > 0 && (f.Vectors == "" || f.Vectors != v.model.Digest)
}

// claim notes which passages of a batch this batch has to embed: those that have no vector in the index, nor get one by another
// batch. It only saves work. Whether a note has all its vectors is decided when it is written.
func (v *vectors) claim(ctx context.Context, st store.Store, b *batch) error {
	var hashes []string
	for _, n := range b.notes {
		for _, c := range n.put.Chunks {
			hashes = append(hashes, c.Hash)
		}
	}
	var has map[string]bool
	if st != nil {
		var err error
		if has, err = st.HasVectors(ctx, v.model.Digest, hashes); err != nil {
			return err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, n := range b.notes {
		for _, c := range n.put.Chunks {
			vec, made := v.spared[c.Hash]
			switch {
			case has[c.Hash], v.claimed[c.Hash]:
				n.reused++
			case made:
				v.claimed[c.Hash], b.vectors[c.Hash] = true, vec
				delete(v.spared, c.Hash)
			case v.down == nil:
				v.claimed[c.Hash] = true
				n.missing = append(n.missing, c.Hash)
			}
		}
	}
	return nil
}

// spare keeps the vectors that no note of a batch needs any more: those of notes that changed meanwhile, and most likely come
// again with the same passages.
func (v *vectors) spare(b *batch) {
	needed := make(map[string]bool)
	for _, n := range b.notes {
		for h := range n.embed {
			needed[h] = true
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for h, vec := range b.vectors {
		if !needed[h] {
			v.spared[h] = vec
			delete(v.claimed, h)
			delete(b.vectors, h)
		}
	}
}

// canMake tells whether another try may give a note its vectors.
func (v *vectors) canMake(id string) bool { return v.down == nil && !v.refused[id] }

// activate makes the run's model the index's once every passage has its vector. Until then the old model's vectors answer.
func (v *vectors) activate(ctx context.Context, r *run) error {
	if v.down != nil || v.model.Digest == "" || v.model.Digest == v.active.Digest || !r.scope.covers(".") {
		return nil
	}
	if missing, err := r.Store.WithoutVectors(ctx, v.model.Digest); err != nil || len(missing) > 0 {
		return err
	}
	return r.locked(ctx, func() error { return r.Store.SetActiveModel(ctx, v.model) })
}

func (v *vectors) degraded(missing int) string {
	why := errors.New("the next run tries again")
	if v.down != nil {
		why = v.down
	}
	return fmt.Sprintf("%d notes are found by keyword only, without vectors: %v", missing, why)
}

// maxStrikes failures in a row, each of a different note, mean that not a note but the embedder is at fault.
const maxStrikes = 3

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
	maps.Copy(b.vectors, made)
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
		delete(v.claimed, h)
	}
	v.refused[n.put.Note.ID] = true
	v.log.Warn("Note cannot be embedded", zap.String("note", n.put.Note.ID), zap.Error(err))
	if v.strikes++; v.strikes >= maxStrikes && v.down == nil {
		v.fail(err)
	}
}
