package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"amalfa/store"
	"amalfa/store/sqlite"

	"github.com/gofrs/flock"
)

// writerWait is how long restore waits for a batch to be written.
const writerWait = 10 * time.Second

// Restore puts a backup, which is checked first, in the place of the index; the
// one there was is set aside, whole, beside it.
func (w *Workspace) Restore(ctx context.Context, backup string) error {
	if err := w.Writable(); err != nil {
		return err
	}
	unlock, err := w.LockWriter(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	fresh := w.Folder.DB() + ".restored"
	if err := sqlite.Restore(ctx, backup, fresh); err != nil {
		return err
	}
	if _, err := w.SetAside(); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	if err := os.Rename(fresh, w.Folder.DB()); err != nil {
		return err
	}
	st, err := sqlite.Open(ctx, w.Folder.DB(), sqlite.Options{Stamp: func(stamp string, _ bool) error { return w.remember(stamp) }})
	if err != nil {
		return err
	}
	return st.Close()
}

// LockWriter keeps init and the watcher out until the function it returns is called.
func (w *Workspace) LockWriter(ctx context.Context) (func(), error) {
	lock := flock.New(w.Folder.WriterLock())
	ctx, cancel := context.WithTimeout(ctx, writerWait)
	defer cancel()
	if ok, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil || !ok {
		return nil, fmt.Errorf("%w: %w", store.ErrBusy, err)
	}
	return func() { _ = lock.Unlock() }, nil // the process ends soon after, and its locks with it
}
