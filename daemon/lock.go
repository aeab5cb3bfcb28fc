package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// lookDelay is the instant for which a looker holds a shared lock.
const lookDelay = time.Millisecond

// acquire opens and locks the record at path, creating it and its folder. It
// returns [ErrRunning] when another process holds it.
func acquire(ctx context.Context, path string) (*os.File, error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	for {
		f, err := openRecord(path, true)
		if err != nil {
			return nil, err
		}
		locked, err := lock(ctx, f)
		if err == nil && locked && isAt(f, path) {
			return f, nil
		}
		_ = f.Close()
		switch {
		case err != nil:
			return nil, fmt.Errorf("lock %s: %w", path, err)
		case !locked:
			return nil, ErrRunning
		}
		// The last holder removed the file between our open and our lock.
	}
}

// held returns the record of the service and whether a process holds it.
func (s Spec) held() (Record, bool, error) {
	rec, locked, err := held(s.Record)
	if err != nil || locked || s.Fallback == "" {
		return rec, locked, err
	}
	other, locked, err := held(s.Fallback)
	if locked || rec.PID == 0 {
		rec = other
	}
	return rec, locked, err
}

// held returns the record at path and whether a process holds it.
func held(path string) (Record, bool, error) {
	for {
		f, err := openRecord(path, false)
		if errors.Is(err, fs.ErrNotExist) {
			return Record{}, false, nil
		}
		if err != nil {
			return Record{}, false, err
		}
		locked, err := isLocked(f)
		rec, current := readRecord(f), isAt(f, path)
		_ = f.Close()
		if err != nil {
			return Record{}, false, fmt.Errorf("look at the lock of %s: %w", path, err)
		}
		if current || !Exists(path) {
			return rec, locked && current, nil
		}
	}
}

// Held reports whether a process holds the record at path.
func Held(path string) bool {
	_, locked, err := held(path)
	return err == nil && locked
}

// lock takes the exclusive lock without waiting. Lookers hold a shared one for
// an instant; only another exclusive one means that it is taken.
func lock(ctx context.Context, f *os.File) (bool, error) {
	for {
		if ok, err := lockFile(f, true); ok || err != nil {
			return ok, err
		}
		taken, err := isLocked(f)
		if taken || err != nil {
			return false, err
		}
		select {
		case <-time.After(lookDelay):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// isLocked reports whether another process holds f exclusively.
func isLocked(f *os.File) (bool, error) {
	ok, err := lockFile(f, false)
	if err != nil || !ok {
		return !ok, err
	}
	return false, unlockFile(f)
}

// isAt reports whether path still leads to f.
func isAt(f *os.File, path string) bool {
	a, err1 := f.Stat()
	b, err2 := os.Lstat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// Exists tells whether something, a link that leads nowhere too, is at path.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// drop removes the record that f holds and ends the hold.
func drop(f *os.File, path string) error {
	var err error
	if isAt(f, path) {
		err = os.Remove(path)
	}
	return errors.Join(err, f.Close())
}

// sweep removes what a process left that ended without doing so itself.
func sweep(ctx context.Context, s Spec, pid int) {
	removeMirror(s.Mirror, pid)
	for _, path := range s.locked() {
		if !Exists(path) {
			continue
		}
		if f, err := acquire(ctx, path); err == nil {
			_ = drop(f, path) // a stale record does no harm
		}
	}
}

// buryAndSweep is sweep after the end of a child that was not told to end.
func (s Spec) buryAndSweep(ctx context.Context, pid int, how string) {
	if Exists(s.Record) {
		if f, err := acquire(ctx, s.Record); err == nil {
			if rec := readRecord(f); rec.PID == pid {
				_, _, _ = s.bury(rec, how)
			}
			_ = drop(f, s.Record)
		}
	}
	sweep(ctx, s, pid)
}

// locked are the paths of the records that the process holds.
func (s Spec) locked() []string {
	if s.Fallback == "" {
		return []string{s.Record}
	}
	return []string{s.Record, s.Fallback}
}
