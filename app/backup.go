package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"amalfa/daemon"
	"amalfa/notes/files"
	"amalfa/store"
	"amalfa/store/dump"
	"amalfa/store/sqlite"

	"github.com/gofrs/flock"
)

// writerWait is how long who opens or replaces an index waits for a batch to be written, or for an older layout to be brought up to date.
const writerWait = time.Minute

// Backup writes a copy of the index, while it is in use, to a file that must not exist.
func (w *Workspace) Backup(ctx context.Context, path string) error {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	file, err := ownFile(st)
	if err != nil {
		return err
	}
	err = file.Backup(ctx, path)
	if errors.Is(err, fs.ErrExist) {
		return WithHint(err, "name a file that does not exist yet")
	}
	return err
}

// Restore puts a backup, which is checked first, in the place of the index; the
// one there was is set aside, whole, beside it.
func (w *Workspace) Restore(ctx context.Context, backup string) error {
	if w.inDatabase() {
		_, err := ownFile(nil)
		return err
	}
	if err := w.Writable(); err != nil {
		return err
	}
	unlock, err := w.lockWriter(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	fresh := w.Folder.DB() + ".restored"
	if err := sqlite.Restore(ctx, backup, fresh); err != nil {
		return err
	}
	if _, err := w.setAside(); err != nil {
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

// Export writes the whole index as JSON, one object a line.
func (w *Workspace) Export(ctx context.Context, to io.Writer) error {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return st.Export(ctx, to)
}

// ExportFile is Export to a file that must not exist; one that is not whole is removed.
func (w *Workspace) ExportFile(ctx context.Context, path string) error {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(st.Export(ctx, f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Import reads an export into the index, which is made where there is none. What a database must not have stays out of it.
func (w *Workspace) Import(ctx context.Context, from io.Reader) (c dump.Count, err error) {
	st, err := w.writeIndex(ctx, false)
	if err != nil {
		return c, err
	}
	defer st.Close()
	unlock, err := w.lockWriter(ctx)
	if err != nil {
		return c, err
	}
	defer unlock()
	folder, err := files.Open(w.Folder.Root)
	if err != nil {
		return c, err
	}
	defer folder.Close()
	return dump.Read(ctx, st, from, dump.Options{Withhold: w.withheldFrom(folder)})
}

// lockWriter keeps init and the watcher out until the function it returns is called.
func (w *Workspace) lockWriter(ctx context.Context) (func(), error) {
	lock := flock.New(w.Folder.WriterLock())
	ctx, cancel := context.WithTimeout(ctx, writerWait)
	defer cancel()
	if ok, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil || !ok {
		return nil, fmt.Errorf("%w: %w", store.ErrBusy, err)
	}
	return func() { _ = lock.Unlock() }, nil // the process ends soon after, and its locks with it
}

// awaitWriter waits until nobody holds the lock of lockWriter, or for writerWait, and tells whether there was such a lock at all.
func (w *Workspace) awaitWriter(ctx context.Context) bool {
	if !daemon.Exists(w.Folder.WriterLock()) {
		return false
	}
	lock := flock.New(w.Folder.WriterLock(), flock.SetFlag(os.O_RDONLY)) // makes nothing
	ctx, cancel := context.WithTimeout(ctx, writerWait)
	defer cancel()
	if ok, err := lock.TryRLockContext(ctx, 20*time.Millisecond); err != nil || !ok {
		return false
	}
	return lock.Unlock() == nil
}
