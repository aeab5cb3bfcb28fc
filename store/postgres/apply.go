package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"amalfa/store"
	"amalfa/store/batch"
)

// Prepare implements store.Store.
func (s *Store) Prepare(p store.Put) store.Put {
	p.Ahead = s.analyzers.Draft(p)
	return p
}

// Apply implements store.Store.
func (s *Store) Apply(ctx context.Context, b store.Batch) error {
	if err := batch.Validate(b); err != nil {
		return fmt.Errorf("write %s: %w", s.Where(), err)
	}
	puts, err := s.prepareAll(ctx, b.Puts)
	if !b.More {
		s.analyzers.Forget()
	}
	if err != nil {
		return err
	}
	b.Puts = puts
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if idle, err := s.idle(ctx, b); err != nil || idle {
		return err
	}
	var done bool
	var last int64
	tries := 0
	err = s.write(ctx, "write", func(w *writer) error {
		if tries++; tries > 1 {
			s.waiting.Failed()
		}
		w.waiting = &s.waiting
		err := w.apply(b)
		done, last = w.resolved, w.chunk
		return err
	})
	switch {
	case err != nil:
		s.waiting.Failed()
		return err
	case done:
		s.waiting = batch.Pending{}
	}
	s.countRows(ctx, last)
	s.indexVectors(ctx, b)
	return nil
}

// prepareAll makes the drafts that are not made yet, on every core: in the transaction other writers wait.
func (s *Store) prepareAll(ctx context.Context, puts []store.Put) ([]store.Put, error) {
	out := slices.Clone(puts)
	seen := map[string]bool{}
	for rest := out; len(rest) > 0; { // of two puts of one note each gets its own
		n := 0
		for n < len(rest) && !seen[rest[n].Note.ID] {
			seen[rest[n].Note.ID] = true
			n++
		}
		ahead := func(p store.Put) *batch.Draft {
			d, _ := p.Ahead.(*batch.Draft)
			return d
		}
		drafts, err := batch.Drafts(ctx, rest[:n], map[string]bool{}, ahead, s.analyzers.Draft)
		if err != nil {
			return nil, err
		}
		for i, p := range rest[:n] {
			rest[i].Ahead = drafts[p.Note.ID]
		}
		rest = rest[n:]
		clear(seen)
	}
	return out, nil
}

// idle tells that a batch has nothing to write: the last one of a run over the whole workspace that found nothing to do, where no run
// was cut off before.
func (s *Store) idle(ctx context.Context, b store.Batch) (bool, error) {
	if !b.Whole || batch.Writes(b) || len(b.Vectors) > 0 || s.waiting.Len() > 0 {
		return false, nil
	}
	var left bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM orphans WHERE workspace = $1)
		OR EXISTS (SELECT 1 FROM workspaces WHERE key = $1 AND unresolved IS NOT NULL)`, s.workspace).Scan(&left)
	return !left, s.wrap("read", err)
}

func (w *writer) apply(b store.Batch) error {
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"delete notes", func() error { return w.deleteOwn(b.Deletes) }},
		{"put notes", func() error { return w.putAll(b.Puts) }},
		{"record files", func() error { return w.putFiles(b.Files) }},
		{"record other files", func() error { return w.putOthers(b) }},
		{"put vectors", func() error { return w.putVectors(b.Model, b.Vectors) }},
		{"look for missing vectors", func() error { return w.completeBatch(b) }},
		{"resolve links", func() error { return w.resolve(b) }},
		{"remove unused passages", func() error { return w.sweep(b.More) }},
		{"index words", w.flushWords},
		{"forget private notes", func() error { return w.forgetPrivate(b.Private) }},
		{"record history", w.record},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return w.nextGeneration()
}

// sweep removes the passages that no chunk uses any more, and with them their vectors. While more batches of the run are to come
// they only become orphans.
func (w *writer) sweep(more bool) error {
	lost := slices.Sorted(maps.Keys(w.orphans))
	err := w.exec(`INSERT INTO orphans (workspace, passage) SELECT $1, p FROM unnest($2::bigint[]) p
		WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE passage = p) ON CONFLICT DO NOTHING`, w.workspace, lost)
	if err != nil || more {
		return err
	}
	err = w.exec(`DELETE FROM passages p USING orphans o WHERE o.workspace = $1 AND p.key = o.passage
		AND NOT EXISTS (SELECT 1 FROM chunks WHERE passage = p.key)`, w.workspace)
	if err != nil {
		return err
	}
	return w.exec("DELETE FROM orphans WHERE workspace = $1", w.workspace)
}
