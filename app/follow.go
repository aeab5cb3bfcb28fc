package app

import (
	"io/fs"
	"os"
	"sync"
	"time"

	"amalfa/config"

	"go.uber.org/zap"
)

// A follower reads the settings of a running service again when their files change. Safe for concurrent use.
type follower struct {
	w   *Workspace
	log *zap.Logger

	mu      sync.Mutex
	files   [2]fs.FileInfo // as they were read; nil for one that was not there
	loaded  config.Loaded
	changed func(before, now config.Settings) // told of settings that can be used; may be nil
	read    func(config.Loaded)               // told of the same; may be nil
}

// follow begins with the settings that the workspace was opened with.
func (w *Workspace) follow(log *zap.Logger) *follower {
	f := &follower{w: w, log: log, loaded: w.Loaded}
	f.loaded.Settings = w.Settings
	f.files = f.stat()
	return f
}

func (f *follower) stat() (infos [2]fs.FileInfo) {
	for i, path := range []string{f.w.Places.Settings(), f.w.Folder.Settings()} {
		infos[i], _ = os.Stat(path) // one that cannot be looked at is as one that is not there
	}
	return infos
}

// sameFile compares what a write changes: the file itself where it was replaced, else its size or time.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// now returns the settings that count.
func (f *follower) now() config.Settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.loaded.Settings
}

// onChange has told called with settings that differ; the service must be ready for it.
func (f *follower) onChange(told func(before, now config.Settings)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = told
}

// look reads the files if they have changed. It is called before each request, so that whoever changes a setting and then asks has the answer
// by the new one; without a change it costs two looks at a file. Settings that cannot be used change nothing.
func (f *follower) look() {
	f.mu.Lock()
	defer f.mu.Unlock()
	files := f.stat()
	if sameFile(files[0], f.files[0]) && sameFile(files[1], f.files[1]) {
		return
	}
	f.files = files
	loaded := config.Load(f.w.Folder, f.w.Places, f.w.Env.Getenv)
	if len(loaded.Problems) > 0 {
		f.log.Warn("Settings were changed and cannot be used, going on with those before", zap.Error(loaded.Problems[0]))
		return
	}
	next := *f.w
	next.Settings, next.Loaded = loaded.Settings, loaded
	next.chooseModel(SettingsShown)
	loaded.Settings = next.Settings
	before := f.loaded.Settings
	f.loaded = loaded
	f.log.Info("Settings were read again")
	if f.changed != nil {
		f.changed(before, loaded.Settings)
	}
	if f.read != nil {
		f.read(loaded)
	}
}

// followDelay is how long a change goes unnoticed by a service that nobody asks.
const followDelay = 2 * time.Second

// keepLooking looks until done is closed.
func (f *follower) keepLooking(done <-chan struct{}) {
	tick := time.NewTicker(followDelay)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.look()
		case <-done:
			return
		}
	}
}
