package app

import (
	"context"
	"fmt"
	"time"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/ingest"
	"amalfa/registry"
	"amalfa/search"
)

// StartWatcher has the watcher running for as long as a person wants it, and so the vectors made that are lacking.
func (w *Workspace) StartWatcher(ctx context.Context) (daemon.Status, error) {
	svc, _ := registry.Lookup(watcherName)
	return w.Start(ctx, svc, StartOptions{Port: -1, Wait: WaitReady})
}

// IsWatched tells whether a watcher of this workspace runs, which goes on where a command ends.
func (w *Workspace) IsWatched(ctx context.Context) bool {
	svc, _ := registry.Lookup(watcherName)
	st, err := w.Inspect(ctx, svc)
	return err == nil && st.Trusted
}

// SetPrecision makes a form of the embedding model the user's own choice, for this process and all that come. It says whether it was
// another one before.
func (w *Workspace) SetPrecision(precision string) (changed bool, err error) {
	key, ok := config.Lookup("embeddings.precision")
	if !ok {
		return false, fmt.Errorf("no setting embeddings.precision")
	}
	if w.Settings.Embeddings.Precision == precision {
		return false, nil
	}
	user, _ := w.SettingsFiles()
	if _, err := w.SetSetting(user, key, precision); err != nil {
		return false, err
	}
	w.Settings.Embeddings.Precision = precision
	return true, nil
}

// VectorShare counts the passages that meaning finds, of all.
func (w *Workspace) VectorShare(ctx context.Context) (search.Share, error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return search.Share{}, err
	}
	defer st.Close()
	return search.VectorShare(ctx, st)
}

// VectorProgress is how far the process is that makes the vectors of this workspace; false when none does.
func (w *Workspace) VectorProgress() (ingest.VectorProgress, bool) {
	return ingest.ReadVectorStatus(w.Folder.StateFile("vectors"), time.Now())
}
