package app

import (
	"context"
	"os"
	"time"

	"amalfa/ingest"
	"amalfa/search"
	"amalfa/store"
)

// reindex brings the index up to date with files that were changed, where there is an index.
func (w *Workspace) reindex(ctx context.Context, ids []string) error {
	return w.update(ctx, ids, nil)
}

// Refresh brings the index up to date with all files, before something is written that depends on where they are.
func (w *Workspace) Refresh(ctx context.Context) error { return w.reindex(ctx, []string{"."}) }

// settle is reindex after an edit of ours, with the vectors of what it changed.
func (w *Workspace) settle(ctx context.Context, ids []string) error {
	return w.update(ctx, ids, w.fewVectors)
}

// update brings the index up to date, and has more done with it, if that is not nil.
func (w *Workspace) update(ctx context.Context, ids []string, more func(context.Context, ingest.Options) error) error {
	if _, err := os.Lstat(w.indexFile()); err != nil {
		return nil
	}
	st, err := w.writeIndex(ctx, false)
	if err != nil {
		return err
	}
	defer st.Close()
	emb := w.NewEmbedder(false)
	defer emb.Close()
	o := w.ingestOptions(st, emb, nil)
	if _, err := ingest.Update(ctx, o, ids); err != nil || more == nil {
		return err
	}
	return more(ctx, o)
}

// How much an edit waits for vectors: those of a few notes that were changed, a second or two with the model loaded. The vectors of a vault
// that has none yet, or of a folder that moved, are for init and the watcher.
const (
	mostAfterEdit = 100 // passages
	timeAfterEdit = 10 * time.Second
)

// fewVectors makes the vectors that the index lacks, where they are few: in a small vault an edit may take away those of all notes. That it
// cannot, or that another process does it, is no fault of the edit: coverage and search tell what lacks vectors.
func (w *Workspace) fewVectors(ctx context.Context, o ingest.Options) error {
	stats, err := o.Store.Stats(ctx)
	if err != nil || stats.Model.Digest == "" || w.Settings.Search.Mode == search.Keyword {
		return err
	}
	waiting, err := o.Store.Waiting(ctx, stats.Model.Digest, nil)
	if n := lackingIn(waiting); err != nil || n == 0 || n > mostAfterEdit {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, timeAfterEdit)
	defer stop()
	_, _ = ingest.MakeVectors(ctx, o)
	return nil
}

func lackingIn(waiting []store.Waiting) (n int) {
	for _, note := range waiting {
		n += note.Passages
	}
	return n
}
