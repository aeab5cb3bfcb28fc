package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
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

// wrap names the operation and the file, and puts the sentinel that belongs to SQLite's code into the chain. Damage is noted for the
// process that mends it.
func (s *Store) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	err = s.named(op, err)
	if certain(err) {
		s.noteDamage(err)
	}
	return err
}

func (s *Store) named(op string, err error) error {
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

// dsn is the connection string: WAL with synchronous NORMAL keeps the index consistent after any crash and may lose the last
// batches only at a power cut, which the next run makes good, since a file's hash is committed with its chunks.
func dsn(path string, o Options, immutable bool) string {
	q := url.Values{}
	q.Set("_busy_timeout", strconv.FormatInt(o.busyTimeout().Milliseconds(), 10))
	q.Set("_foreign_keys", "on")
	q.Set("_txlock", "immediate")
	q.Set("_dqs", "false")
	q.Set("_defensive", "true") // the file may come from a stranger: no schema tricks
	q["_pragma"] = []string{"trusted_schema(off)", "temp_store(memory)", "cache_size(-16384)", "mmap_size(0)"}
	switch {
	case immutable:
		q.Set("mode", "ro")
		q.Set("immutable", "1")
	case o.ReadOnly:
		q.Set("mode", "ro")
		q.Set("_query_only", "on")
	default:
		q.Set("mode", "rw")
		q.Set("_journal_mode", "WAL")
		q.Set("_synchronous", "NORMAL")
	}
	return fileURL(path) + "?" + q.Encode()
}

// fileURL is SQLite's own form of a path: absolute, with slashes, and with a leading slash before a drive letter.
func fileURL(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String()
}
