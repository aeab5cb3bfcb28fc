package app

import (
	"context"
	"errors"
	"os"
	"sync"

	"amalfa/daemon"
	"amalfa/ingest"
	"amalfa/services/watcher"
	"amalfa/store"
	"amalfa/store/sqlite"

	"go.uber.org/zap"
)

// serveWatcher keeps the index fresh. It makes an index where there is none.
func serveWatcher(ctx context.Context, v *serving) error {
	index := &followedIndex{v: v}
	if err := index.open(ctx, true); err != nil {
		return err
	}
	defer func() { _ = index.store.Close() }()
	emb := v.NewEmbedder(false)
	defer emb.Close()
	opts := v.ingestOptions(nil, emb, v.log)
	saved := &savedNotes{}
	opts.First = saved.take
	if v.OnDemand {
		var guard sync.WaitGroup
		defer guard.Wait()
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		guard.Go(func() { v.endAfterSessions(ctx) })
	}
	others, end := v.hearOthers(ctx, index)
	defer end()
	return watcher.Serve(ctx, watcher.Options{
		Root: v.Folder.Root,
		Ingest: func(ctx context.Context, paths []string) (ingest.Summary, error) {
			defer saved.add(paths)
			defer v.keepDaily(ctx, index)
			return index.ingest(ctx, opts, func(o ingest.Options) (ingest.Summary, error) { return ingest.Update(ctx, o, paths) })
		},
		Folders: func(ctx context.Context, below []string) ([]string, error) {
			return ingest.Folders(ctx, opts, below)
		},
		Ignore: func() []string { return ingest.IgnoreSources(opts) },
		Full: func(ctx context.Context) (ingest.Summary, error) {
			return index.ingest(ctx, opts, func(o ingest.Options) (ingest.Summary, error) { return runIngest(ctx, index.store, o) })
		},
		Vectors: func(ctx context.Context) (int, error) { return v.makeVectors(ctx, opts) },
		Others:  others,
		Journal: v.Folder.Journal(), Owner: index.owner, Replaced: func() bool { return index.replaced() || index.damage() != "" },
		PauseFile: v.pauseFile(), Polled: watcher.Polling(v.Settings.Watch.Polling), Tell: v.notifier(),
		StatusFile: v.Folder.StateFile(v.svc.Name), Debounce: v.Settings.Watch.Debounce, Log: v.log, Life: v.life,
	})
}

// keepDaily keeps a snapshot of the first change of a day. That it could not is no reason to do anything else.
func (v *serving) keepDaily(ctx context.Context, index *followedIndex) {
	if err := v.keepSnapshot(ctx, index.store, true); err != nil && ctx.Err() == nil {
		v.log.Warn("No snapshot of the day", zap.Error(err))
	}
}

// A followedIndex is the index of a workspace for a process that outlives it: `init --force`, a restored backup, or a
// deleted .amalfa puts another file at its path, and what is written to the old one is lost.
type followedIndex struct {
	v     *serving
	store Index

	mu     sync.Mutex
	file   os.FileInfo // of store
	name   string      // of the same, for the journal
	mended bool        // a damaged one was replaced
}

// damage is what somebody found wrong with this index, "" for nothing. It is mended once in the life of this process: a disk that
// spoils what is written would have it built for ever.
func (x *followedIndex) damage() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.mended {
		return ""
	}
	return x.store.Damage()
}

// mend puts a new index in the place of a damaged one.
func (x *followedIndex) mend(ctx context.Context, damage string) error {
	x.mu.Lock()
	old, file := x.store, x.file
	x.mended = true
	x.mu.Unlock()
	st, err := x.v.startOver(ctx, file, damaged(damage))
	if err != nil {
		return err
	}
	if err := errors.Join(st.Close(), x.open(ctx, false)); err != nil {
		return err
	}
	_ = old.Close() // what it could say of its damage is known
	return nil
}

// owner is who lists what this index lacks.
func (x *followedIndex) owner() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.name
}

// replaced reports whether another index is at the path now, or none.
func (x *followedIndex) replaced() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return replaced(x.v.indexFile(), x.file) || x.store.Replaced()
}

func (x *followedIndex) current() Index {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.store
}

func (x *followedIndex) set(st Index, file os.FileInfo, name string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.store, x.file, x.name = st, file, name
}

// open opens the index that is at the path now, or makes one.
func (x *followedIndex) open(ctx context.Context, rebuild bool) error {
	for {
		if err := x.v.checkFolder(); err != nil {
			return err
		}
		before, err := x.stat(ctx)
		if err != nil {
			return err
		}
		name := journalOwner(x.v.instance, x.v.indexFile())
		st, err := x.v.writeIndex(ctx, rebuild)
		if err != nil {
			return err
		}
		if before != nil && !replaced(x.v.indexFile(), before) {
			x.set(st, before, name)
			return nil
		}
		if err := st.Close(); err != nil { // which file it is cannot be told
			return err
		}
	}
}

// stat returns the file at the path, nil where there is none. One that is just
// being put in the place of another is waited for.
func (x *followedIndex) stat(ctx context.Context) (os.FileInfo, error) {
	if file, err := os.Stat(x.v.indexFile()); err == nil || !daemon.Exists(x.v.Folder.Dir()) {
		return file, nil
	}
	unlock, err := x.v.lockWriter(ctx)
	if err != nil {
		return nil, err
	}
	unlock()
	file, _ := os.Stat(x.v.indexFile())
	return file, nil
}

// ingest runs do with the index that is at the path from its begin to its end.
// One that is new, also because the old one was damaged, is first brought up to date in all.
func (x *followedIndex) ingest(ctx context.Context, o ingest.Options, do func(ingest.Options) (ingest.Summary, error)) (ingest.Summary, error) {
	damage := x.damage()
	for {
		if err := x.v.sameDatabase(); err != nil {
			return ingest.Summary{}, err
		}
		switch {
		case damage != "":
			if err := x.mend(ctx, damage); err != nil {
				return ingest.Summary{}, err
			}
			o.Log.Warn("Index was damaged, began a new one", zap.String("damage", damage))
			do = func(o ingest.Options) (ingest.Summary, error) { return runIngest(ctx, x.store, o) }
		case x.replaced():
			old := x.store
			if err := x.open(ctx, false); err != nil {
				return ingest.Summary{}, err
			}
			o.Log.Info("Index was replaced, opened the new one", zap.String("path", x.v.indexFile()))
			_ = old.Close() // nobody reads it any more
			do = func(o ingest.Options) (ingest.Summary, error) { return runIngest(ctx, x.store, o) }
		}
		o.Store = x.store
		sum, err := do(o)
		damage = ""
		if errors.Is(err, store.ErrCorrupt) && !x.mended && !x.v.inDatabase() { // a database is its administrator's to mend
			damage = sqlite.DamageOf(err)
		}
		if ctx.Err() != nil || damage == "" && !x.replaced() {
			return sum, err
		}
	}
}

// replaced reports whether another file than before is at path, or none.
func replaced(path string, before os.FileInfo) bool {
	now, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(before, now)
}
