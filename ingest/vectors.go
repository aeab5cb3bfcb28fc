package ingest

import (
	"context"
	"errors"
	"fmt"
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
