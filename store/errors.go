package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors on which callers act. The message around them names the file.
var (
	ErrNotFound = errors.New("not found")
	ErrNoIndex  = errors.New("no index")
	ErrCorrupt  = errors.New("index is corrupt")
	ErrNewer    = errors.New("index was written by a newer amalfa")
	ErrFull     = errors.New("disk full")
	ErrReadOnly = errors.New("index is read-only")
	ErrBusy     = errors.New("index is busy: another process is writing")
	ErrSyntax   = errors.New("malformed keyword expression")
)

// kinds maps SQLite's primary result codes to the errors above.
var kinds = map[int]error{
	sqlite3.SQLITE_CORRUPT:  ErrCorrupt,
	sqlite3.SQLITE_NOTADB:   ErrCorrupt,
	sqlite3.SQLITE_FULL:     ErrFull,
	sqlite3.SQLITE_READONLY: ErrReadOnly,
	sqlite3.SQLITE_BUSY:     ErrBusy,
	sqlite3.SQLITE_LOCKED:   ErrBusy,
}

// wrap names the operation and the file, and puts the sentinel that belongs to SQLite's code into the chain.
func (s *SQLite) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		if kind := kinds[e.Code()&0xff]; kind != nil {
			return fmt.Errorf("%s %s: %w: %w", op, s.path, kind, err)
		}
	}
	return fmt.Errorf("%s %s: %w", op, s.path, err)
}

// fileError puts the sentinel that belongs to an error of the file system into the chain.
func fileError(err error) error {
	switch {
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
