package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"amalfa/store"
)

// kinds maps SQLite's primary result codes to the errors above.
var kinds = map[int]error{
	sqlite3.SQLITE_CORRUPT:  store.ErrCorrupt,
	sqlite3.SQLITE_NOTADB:   store.ErrCorrupt,
	sqlite3.SQLITE_ERROR:    store.ErrCorrupt, // our statements are fixed: only a table that is not as we made it fails them
	sqlite3.SQLITE_FULL:     store.ErrFull,
	sqlite3.SQLITE_READONLY: store.ErrReadOnly,
	sqlite3.SQLITE_BUSY:     store.ErrBusy,
	sqlite3.SQLITE_LOCKED:   store.ErrBusy,
}

// wrap names the operation and the file, and puts the sentinel that belongs to SQLite's code into the chain.
func (s *Store) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		if kind := kinds[e.Code()&0xff]; kind != nil {
			return fmt.Errorf("%s %s: %w: %w", op, s.path, kind, err)
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %s: %w: a row that belongs to others is missing", op, s.path, store.ErrCorrupt)
	}
	return fmt.Errorf("%s %s: %w", op, s.path, err)
}

// fileError puts the sentinel that belongs to an error of the file system into the chain.
func fileError(err error) error {
	switch {
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}
