package app

import (
	"context"
	"math"
	"time"

	"amalfa/daemon"
	"amalfa/ingest"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/services/watcher"
	"amalfa/store"

	"go.uber.org/zap"
)

// A Lag is how far the index is behind the disk.
type Lag struct {
	Files   int  // that the index does not hold as they are
	AtLeast bool // not all files were looked at
}

// lagTime is how long a search looks at files for that. Without a watcher, which knows what has changed, 50,000 files are looked at
// in that time on two cores (decision 0049).
const lagTime = 400 * time.Millisecond

// Lag counts the files that changed on disk since they were indexed, and looks at each for that.
func (w *Workspace) Lag(ctx context.Context, st store.Store) (int, error) {
	return ingest.Lag(ctx, w.lagOptions(st))
}

// LagWithin is Lag that looks only at what the watcher names, where one runs; without it, at files for limit at most.
func (w *Workspace) LagWithin(ctx context.Context, st store.Store, limit time.Duration) (Lag, error) {
	paths, known := w.mayLag(ctx)
	if !known {
		paths = []string{"."}
	}
	n, all, err := ingest.LagWithin(ctx, w.lagOptions(st), paths, limit)
	return Lag{n, !all}, err
}

// KnownLag is LagWithin that takes as long as it needs.
func (w *Workspace) KnownLag(ctx context.Context, st store.Store) (int, error) {
	lag, err := w.LagWithin(ctx, st, math.MaxInt64)
	return lag.Files, err
}

func (w *Workspace) lagOptions(st store.Store) ingest.Options {
	return ingest.Options{
		Root: w.Folder.Root, Sources: w.Settings.Sources, Exclude: w.Settings.ExcludePatterns, Git: git(w.Env), Dialects: w.Settings.Dialects,
		Store: st, Withhold: w.withhold(), Log: zap.NewNop(), Now: time.Now,
	}
}

// watchedLag counts among what the watcher names; known is false where none does, or where that is too much to look at.
func (w *Workspace) watchedLag(ctx context.Context) (files int, known bool) {
	paths, known := w.mayLag(ctx)
	if !known || len(paths) == 0 {
		return 0, known
	}
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return 0, false
	}
	defer st.Close()
	n, all, err := ingest.LagWithin(ctx, w.lagOptions(st), paths, lagTime)
	return n, err == nil && all
}

// mayLag returns the files and folders that the index may not hold as they are, and false where nobody knows: no watcher runs, it is
// stopped by a signal, or it goes by other settings or another index than this process.
func (w *Workspace) mayLag(ctx context.Context) ([]string, bool) {
	if w.teamOnly != "" {
		return nil, true // there are no files of it here
	}
	svc, _ := registry.Lookup(watcherName)
	st, err := w.Inspect(ctx, svc)
	if err != nil || !st.Trusted || st.State != lifecycle.Ready && st.State != lifecycle.Degraded || w.Outdated(svc, st) != "" {
		return nil, false
	}
	return watcher.ReadJournal(w.Folder.Journal(), journalOwner(st.Instance, w.indexFile()))
}

// journalOwner names who lists what changed since an index had it. While a process has that open, no other file has its identity.
func journalOwner(instance, index string) string { return instance + " " + daemon.FileID(index) }
