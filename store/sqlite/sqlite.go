// Package sqlite is a [store.Store] in one SQLite database.
//
// On disk (the folder is the caller's): amalfa.db, amalfa.db-wal, amalfa.db-shm, vectors-<digest>.bin, amalfa.db.damaged once somebody
// met damage, and, from the migration of an index in an older layout until the first run that ends well, amalfa.db.layout-N, all 0600. No code of
// this process may open the database's files other than through this package: closing any descriptor of them would drop SQLite's
// locks. The files are safe for any number of processes; one transaction per Apply, so a crash leaves the index as it was after
// an earlier Apply.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"modernc.org/sqlite"

	"amalfa/store"
	"amalfa/store/batch"
	"amalfa/store/text"
)

// Options of Open. The zero value opens for reading and writing and makes the index when there is none.
type Options struct {
	ReadOnly bool
	// BusyTimeout is how long a write waits for another process; 0 means 10 s.
	BusyTimeout time.Duration
	// Stamp, when set, is called once with the index's random stamp before anything else of it is used; created is true for
	// a new index. An error refuses the index and is returned by Open, wrapped.
	Stamp func(stamp string, created bool) error
}

func (o Options) busyTimeout() time.Duration {
	if o.BusyTimeout <= 0 {
		return 10 * time.Second
	}
	return o.BusyTimeout
}

// Store is a store.Store in one SQLite database file, in WAL mode. Safe for concurrent use, also by many processes.
type Store struct {
	text.Reader
	db        *sql.DB
	path      string
	file      os.FileInfo // at path when it was opened
	stamp     string
	words     text.Cache
	snapshots snapshots
	vectored  atomic.Bool   // vectors were written through this handle
	damaged   atomic.Bool   // damage was met and noted
	writing   chan struct{} // holds something while a batch is written
	waiting   batch.Pending // guarded by writing
	analyzers batch.Analyzers
}

var _ store.Store = (*Store)(nil)

// Open opens the index at path. Its folder must exist; the file is made, 0600, unless o.ReadOnly.
// It returns ErrNoIndex when a read-only index is absent, ErrCorrupt when the file is damaged or not ours, and ErrNewer when a
// later version of the program wrote it. A read-only index in a folder that cannot be written works too.
// An older layout is brought up to date first; a reader opens it as a writer for that.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	s, err := openOnce(ctx, path, o)
	if !o.ReadOnly || !errors.Is(err, errOutdated) {
		return s, err
	}
	writer, writeErr := openOnce(ctx, path, Options{BusyTimeout: o.BusyTimeout, Stamp: o.Stamp})
	if writeErr != nil {
		return nil, errors.Join(err, writeErr)
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return openOnce(ctx, path, o)
}

// openOnce opens what is at the path; where that is another index before it is open, the other one.
func openOnce(ctx context.Context, path string, o Options) (*Store, error) {
	for {
		s, err := openFile(ctx, path, o)
		if !errors.Is(err, store.ErrReplaced) || ctx.Err() != nil {
			return s, err
		}
	}
}

func openFile(ctx context.Context, path string, o Options) (*Store, error) {
	s := &Store{path: path, writing: make(chan struct{}, 1), analyzers: batch.NewAnalyzers()}
	s.Reader = text.Reader{With: s.withWords, Wrap: s.wrap}
	if err := prepareFile(path, o.ReadOnly); err != nil {
		return nil, fmt.Errorf("open index %s: %w", path, fileError(err))
	}
	var err error
	if s.file, err = os.Stat(path); err != nil { // gone again
		return nil, fmt.Errorf("open index %s: %w", path, store.ErrReplaced)
	}
	// Locks that survive a stray close; where the platform has none, the rule in the package comment is the only guard.
	_, _ = sqlite.OFDLocking(true)
	if err := s.connect(ctx, o); err != nil {
		return nil, err
	}
	if err := s.prepareSchema(ctx, o); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// prepareFile refuses what SQLite must not follow or guess at, and makes a new file private before SQLite sees it: the log and
// shared memory files take the mode of the database.
func prepareFile(path string, readOnly bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && readOnly:
		return store.ErrNoIndex
	case errors.Is(err, fs.ErrNotExist):
		return createFile(path)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: not a regular file", store.ErrCorrupt)
	case info.Size() == 0 && readOnly:
		return store.ErrNoIndex
	case info.Mode().Perm()&0o077 != 0 && !readOnly:
		// By path: a descriptor of ours must never be closed on this file. A file system without modes refuses; SQLite will tell.
		_ = os.Chmod(path, 0o600)
	}
	return nil
}

func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// connect opens the pool and makes sure that the file can be read at all.
func (s *Store) connect(ctx context.Context, o Options) error {
	err := s.dialPatiently(ctx, o)
	if !o.ReadOnly {
		return s.explain(err)
	}
	if err == nil || errors.Is(err, store.ErrCorrupt) || ctx.Err() != nil {
		return err
	}
	// A folder without write permission has no place for the shared memory of a log. Without a log nothing is missed.
	if info, statErr := os.Stat(s.path + "-wal"); statErr == nil && info.Size() > 0 {
		return err
	}
	return s.dial(ctx, dsn(s.path, o, true))
}

// explain finds out whether a writer failed because the folder takes no files: SQLite only says that it cannot open.
func (s *Store) explain(err error) error {
	if err == nil || errors.Is(err, store.ErrReadOnly) {
		return err
	}
	probe, probeErr := os.CreateTemp(filepath.Dir(s.path), ".probe-*")
	if probeErr != nil {
		return errors.Join(fileError(probeErr), err)
	}
	return errors.Join(err, probe.Close(), os.Remove(probe.Name()))
}

// dialPatiently dials until the index is free, for the busy timeout at most. SQLite waits by itself for every lock but one: the change
// of a file's journal to a log, in which it refuses at once a process that another one overtakes.
func (s *Store) dialPatiently(ctx context.Context, o Options) error {
	wait := &backoff.ExponentialBackOff{InitialInterval: time.Millisecond, MaxInterval: 50 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5}
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := s.dial(ctx, dsn(s.path, o, false))
		if err != nil && !errors.Is(err, store.ErrBusy) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(o.busyTimeout()))
	return err
}

func (s *Store) dial(ctx context.Context, name string) error {
	db := sql.OpenDB(&connector{name: name, path: s.path, file: s.file})
	db.SetMaxIdleConns(maxConns)
	db.SetMaxOpenConns(maxConns)
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&n); err != nil {
		return errors.Join(s.wrap("open index", err), db.Close())
	}
	s.db = db
	return nil
}

// maxConns bounds the connections of one handle: readers do not wait for the writer, and each keeps a page cache.
const maxConns = 4

// Close waits for running calls to end and closes the index. A writer leaves the vectors' file fresh for the readers.
func (s *Store) Close() error {
	if s.vectored.Load() {
		if m, err := s.ActiveModel(context.Background()); err == nil {
			_, _ = s.vectors(context.Background(), m.Digest) // a file that could not be made is made by who needs it
		}
	}
	return s.wrap("close index", s.db.Close())
}

// Path is the path the index was opened at.
func (s *Store) Path() string { return s.path }

// Stamp is the random word that the index was given when it was made.
func (s *Store) Stamp() string { return s.stamp }
