package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// format numbers the layout of the table and of the values. Another one is replaced: an old cache is not worth a migration.
const format = 1

// maxConns bounds the connections: each keeps a page cache.
const maxConns = 2

// Open opens the cache at path, made with its folder if need be. A damaged one
// is replaced by an empty one, unless another process has it open: ErrDamaged.
func Open(ctx context.Context, path string, o Options) (*Cache, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Cache{path: path, o: o}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open cache %s: %w", path, err)
	}
	c.lock = flock.New(path+".lock", flock.SetPermissions(0o600))
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(c.wrap("open", err), c.lock.Close())
	}
	return c, nil
}

func (c *Cache) open(ctx context.Context) error {
	if marked(c.path) {
		if err := c.replace(); err != nil {
			return err
		}
	}
	if err := c.lock.RLock(); err != nil {
		return err
	}
	err := c.dial(ctx)
	if !damaged(err) {
		return err
	}
	if err := errors.Join(c.lock.Unlock(), c.replace(), c.lock.RLock()); err != nil {
		return err
	}
	return c.dial(ctx)
}

// replace removes a damaged cache that no other process has open.
func (c *Cache) replace() error {
	alone, err := c.lock.TryLock()
	if err != nil {
		return err
	}
	if !alone {
		return fmt.Errorf("%w, and another process has it open", ErrDamaged)
	}
	for _, end := range []string{"", "-wal", "-shm", ".bad"} {
		if err := os.Remove(c.path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return c.lock.Unlock()
}

func marked(path string) bool {
	_, err := os.Lstat(path + ".bad")
	return err == nil
}

func mark(path string) error {
	f, err := os.OpenFile(path+".bad", os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dial opens the database and makes the table. It closes what it opened before it returns an error.
func (c *Cache) dial(ctx context.Context) error {
	if err := prepareFile(c.path); err != nil {
		return err
	}
	// Locks that survive a stray close of the file, where the platform has them.
	_, _ = sqlite.OFDLocking(true)
	db, err := sql.Open("sqlite", dsn(c.path))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	if err := prepareSchema(ctx, db); err != nil {
		return errors.Join(err, db.Close())
	}
	find, err := db.PrepareContext(ctx, "SELECT used, value FROM entry WHERE key = ?")
	if err != nil {
		return errors.Join(err, db.Close())
	}
	c.db, c.find = db, find
	return nil
}

// prepareFile makes a new file private before SQLite sees it, and follows no link.
func prepareFile(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// prepareSchema makes the table where there is none. Two processes may do so at once: the second waits and finds it made.
func prepareSchema(ctx context.Context, db *sql.DB) error {
	version := 0
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch version {
	case format:
		return nil
	case 0:
	default:
		return fmt.Errorf("%w: it has format %d", ErrDamaged, version)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, used INTEGER NOT NULL, value BLOB NOT NULL)",
		"CREATE INDEX IF NOT EXISTS entry_used ON entry (used)",
		fmt.Sprintf("PRAGMA user_version = %d", format),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// dsn asks for WAL with synchronous NORMAL: consistent after any crash, and a power cut loses only the last entries.
func dsn(path string) string {
	q := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}}
	q["_pragma"] = []string{"busy_timeout(5000)", "auto_vacuum(incremental)", "journal_mode(wal)", "synchronous(normal)",
		"trusted_schema(off)", "temp_store(memory)", "cache_size(-2048)", "mmap_size(0)", "journal_size_limit(4194304)"}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

// damaged reports errors that no later try will get rid of.
func damaged(err error) bool {
	if errors.Is(err, ErrDamaged) {
		return true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}
