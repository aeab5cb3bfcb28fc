package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/store"
	"amalfa/store/sqlite"
)

// Known indexes. A cloned folder may bring a database made by a stranger; only
// one whose random stamp this user's state folder holds is ever read.

func stampPath(state, stamp string) string {
	return filepath.Join(state, "known", config.Digest(stamp))
}

func (w *Workspace) knows(stamp string) bool {
	return stamp != "" && slices.ContainsFunc(w.Places.States(), func(state string) bool { return daemon.Exists(stampPath(state, stamp)) })
}

func (w *Workspace) remember(stamp string) error {
	path := stampPath(w.Places.State, stamp)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(w.Folder.Root+"\n"), 0o600)
}

// errUntrusted reports an index that this user did not make on this machine.
var errUntrusted = fmt.Errorf("%w: the one there was made by another user or on another machine", store.ErrNoIndex)

// checkOwner refuses a stranger's index before anything of it is used.
func (w *Workspace) checkOwner(stamp string, created bool) error {
	switch {
	case created:
		return w.remember(stamp)
	case !w.knows(stamp):
		return errUntrusted
	case !daemon.Exists(stampPath(w.Places.State, stamp)):
		_ = w.remember(stamp) // another environment made it, which may not be asked next time; if this fails it is asked again
	}
	return nil
}

// ReadIndex opens the index for reading. It returns store.ErrNoIndex when there is none, or one that this user did not make. One that
// is being put in the place of another is waited for.
func (w *Workspace) ReadIndex(ctx context.Context) (Index, error) {
	if err := w.Folder.Check(); err != nil {
		return nil, err
	}
	if w.inDatabase() {
		return w.openDatabase(ctx, true)
	}
	open := func() (Index, error) { return w.openFile(ctx, sqlite.Options{ReadOnly: true}) }
	st, err := open()
	if errors.Is(err, store.ErrNoIndex) && w.awaitWriter(ctx) {
		return open()
	}
	return st, err
}

// openFile opens the index that is a file, of this user.
func (w *Workspace) openFile(ctx context.Context, o sqlite.Options) (Index, error) {
	o.Stamp = w.checkOwner
	st, err := sqlite.Open(ctx, w.Folder.DB(), o)
	if err != nil {
		return nil, err // not a *sqlite.Store that is nil
	}
	return st, nil
}

// writeIndex opens the index for writing, and makes it where there is none. A stranger's is set aside, and so is a damaged
// one if rebuild allows it. A newer program's is store.ErrNewer: only openForInit by force sets that aside.
func (w *Workspace) writeIndex(ctx context.Context, rebuild bool) (Index, error) {
	if err := w.Writable(); err != nil {
		return nil, err
	}
	if w.inDatabase() {
		return w.openDatabase(ctx, false)
	}
	unlock, err := w.lockWriter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	there := w.statIndex()
	st, err := w.openFile(ctx, sqlite.Options{})
	switch {
	case errors.Is(err, errUntrusted):
		return w.beginAnew(ctx, there, "was not made by you")
	case rebuild && errors.Is(err, store.ErrCorrupt):
		return w.beginAnew(ctx, there, damaged(sqlite.DamageOf(err)))
	case err == nil && rebuild && st.Damage() != "":
		what := st.Damage()
		if err := st.Close(); err != nil {
			return nil, err
		}
		return w.beginAnew(ctx, there, damaged(what))
	}
	return st, err
}

// openForInit opens the index; force begins a new one and keeps the old until the new one is there.
func (w *Workspace) openForInit(ctx context.Context, force bool) (Index, error) {
	if force && w.inDatabase() {
		return nil, &UsageError{"the index is in a database, where others have it too: it is not begun anew by one of them", `leave out --force; "amalfa share ANOTHER-NAME" begins another one`}
	}
	if force && daemon.Exists(w.Folder.DB()) {
		if err := w.Writable(); err != nil {
			return nil, err
		}
		return w.startOver(ctx, nil, "is built again")
	}
	return w.writeIndex(ctx, true)
}
