package watcher

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"

	"amalfa/ingest"
)

// A notifier reports changes in single folders. The operating system's is fsnotify.
type notifier interface {
	Add(dir string) error
	Remove(dir string) error
	Events() <-chan fsnotify.Event
	Errors() <-chan error
	Close() error
}

type system struct{ *fsnotify.Watcher }

func openSystem() (notifier, error) {
	w, err := fsnotify.NewWatcher()
	return system{w}, err
}

func (s system) Events() <-chan fsnotify.Event { return s.Watcher.Events }
func (s system) Errors() <-chan error          { return s.Watcher.Errors }

// noEvents stands in when the system gives no notifier: everything is polled.
type noEvents struct{ why error }

func (n noEvents) Add(string) error            { return n.why }
func (noEvents) Remove(string) error           { return nil }
func (noEvents) Events() <-chan fsnotify.Event { return nil }
func (noEvents) Errors() <-chan error          { return nil }
func (noEvents) Close() error                  { return nil }

// watchIgnore watches the folders of the ignore files outside the workspace. Where that cannot be done, the next look at
// everything sees what changed.
func (w *watcher) watchIgnore(source notifier) {
	if w.Ignore == nil {
		return
	}
	w.ignore = make(map[string]bool)
	for _, name := range w.Ignore() {
		w.ignore[name] = true
		if err := source.Add(filepath.Dir(name)); err != nil {
			w.Log.Debug("Ignore file is not watched", zap.String("file", name), zap.Error(err))
		}
	}
}

// event notes a path that changed. A new folder is watched before anybody looks into it.
func (w *watcher) event(ctx context.Context, e fsnotify.Event) {
	id, ok := w.idOf(e.Name)
	if w.ignore[e.Name] {
		w.doubt()
	}
	if id == ".amalfa" && e.Has(fsnotify.Create) {
		w.doubt() // another index may have taken the place of ours
	}
	if !ok || e.Op == fsnotify.Chmod && w.failed == 0 {
		return // what could not be read may be readable now
	}
	w.changed(id) // others are told before anything that takes time
	if e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename) {
		w.folders.forget(id)
	}
	if e.Has(fsnotify.Create) {
		if info, err := os.Lstat(e.Name); err == nil && info.IsDir() {
			w.enter(ctx, id)
		}
	}
	if ingest.ChangesMore(filepath.Base(e.Name)) {
		w.doubt() // folders may come in or go out with it, links lead elsewhere
	}
}

// changed notes that a file or folder may not be as the index has it.
func (w *watcher) changed(id string) {
	w.pending.add(id, w.Now())
	w.journal.add(id)
	if w.pending.doubt {
		w.journal.add(".")
	}
}

// doubt notes that nobody knows what has changed.
func (w *watcher) doubt() {
	w.pending.all(w.Now(), true)
	w.journal.add(".")
}

// enter watches a new folder and all in it.
func (w *watcher) enter(ctx context.Context, id string) {
	before := w.folders.why()
	w.folders.forget(id)
	if err := w.folders.follow(ctx, []string{id}); err != nil && ctx.Err() == nil {
		w.Log.Warn("New folder cannot be watched, everything will be looked at", zap.String("folder", id), zap.Error(err))
		w.doubt()
	}
	if w.folders.why() != before {
		w.updateState()
	}
}

// idOf is false for what is not in the workspace and for what never belongs to the index.
func (w *watcher) idOf(name string) (string, bool) {
	rel, err := filepath.Rel(w.Root, name)
	if err != nil {
		return "", false
	}
	id := filepath.ToSlash(rel)
	head, _, _ := strings.Cut(id, "/")
	return id, head != ".." && head != ".amalfa" && head != ".git"
}

// trouble answers an error of the notifier. After lost events only a look at everything tells what is true.
func (w *watcher) trouble(err error) {
	if !w.lost {
		w.Log.Warn("File events were lost, looking at everything", zap.Error(err))
	}
	w.lost = true
	w.doubt()
}
