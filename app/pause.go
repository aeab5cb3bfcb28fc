package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/services/watcher"
)

// pauseFile is where a pause of the watcher is kept: with the user's own files, since a cloned folder must not bring one.
func (w *Workspace) pauseFile() string {
	return filepath.Join(w.Places.State, "paused", config.Digest(w.Folder.Root))
}

// pauseNotice is how long a running watcher takes at most to notice a pause or its end, in which an ingest may have to finish first.
const pauseNotice = 3 * time.Second

// PauseWatcher has the watcher of this workspace do nothing for a time, 0 for until it is resumed. It holds for one that is started
// later, too. The pause is returned with how the watcher is.
func (w *Workspace) PauseWatcher(ctx context.Context, length time.Duration) (watcher.Pause, daemon.Status, error) {
	var p watcher.Pause
	if length > 0 {
		until := time.Now().Add(length).Truncate(time.Second)
		p.Until = &until
	}
	if err := os.MkdirAll(filepath.Dir(w.pauseFile()), 0o700); err != nil {
		return p, daemon.Status{}, err
	}
	if err := watcher.WritePause(w.pauseFile(), p); err != nil {
		return p, daemon.Status{}, err
	}
	st, err := w.watcherPaused(ctx, true)
	return p, st, err
}

// ResumeWatcher ends the pause and reports whether there was one.
func (w *Workspace) ResumeWatcher(ctx context.Context) (was bool, st daemon.Status, err error) {
	if was, err = watcher.EndPause(w.pauseFile(), time.Now()); err != nil {
		return was, st, err
	}
	st, err = w.watcherPaused(ctx, false)
	return was, st, err
}

// Paused returns the pause of this workspace's watcher that holds now.
func (w *Workspace) Paused() (watcher.Pause, bool) {
	return watcher.ReadPause(w.pauseFile(), time.Now())
}

// watcherPaused waits until a running watcher has noticed.
func (w *Workspace) watcherPaused(ctx context.Context, paused bool) (st daemon.Status, err error) {
	svc, _ := registry.Lookup(watcherName)
	ctx, cancel := context.WithTimeout(ctx, pauseNotice)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		st, err = w.Inspect(context.WithoutCancel(ctx), svc)
		if err != nil || st.PID == 0 || strings.HasPrefix(st.Error, watcher.PausedState) == paused {
			return st, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return st, nil
		}
	}
}
