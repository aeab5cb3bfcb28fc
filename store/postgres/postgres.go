// Package postgres is a [store.Store] in a PostgreSQL database with pgvector: one workspace, of many in the schema "amalfa", that many
// processes on many machines read and write.
//
// Writers of one workspace take turns: a write holds the row of its workspace until it is committed. Readers see one moment and wait
// for nobody. A role sees the workspaces that it made and those it was made a member of; row-level security holds it to that.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/batch"
	"amalfa/store/text"
)

// Options of Open.
type Options struct {
	// URL is a connection string as libpq has it: "postgres://…" or "host=… dbname=…". What it leaves out comes from the variables,
	// the password file and the service file that libpq knows.
	URL string
	// Workspace is the name that the machines of a team share.
	Workspace string
	// Machine tells this machine from others, and stays the same.
	Machine string
	// ReadOnly neither migrates nor makes anything, and never writes.
	ReadOnly bool
	// BusyTimeout is how long a write waits for others; 0 means 10 s.
	BusyTimeout time.Duration
}

func (o Options) busyTimeout() time.Duration { return cmp.Or(max(o.BusyTimeout, 0), 10*time.Second) }

// Store is a store.Store in one workspace of a database. Safe for concurrent use.
type Store struct {
	text.Reader
	pool      database
	opts      Options
	server    string // host, port and database, for messages
	workspace int64  // key
	stamp     string
	superuser bool
	readOnly  bool
	gone      atomic.Bool // see Replaced
	analyzers batch.Analyzers
	waiting   batch.Pending // guarded by writing
	writing   chan struct{} // holds something while a batch is written
	countDue
	wordState
	vectorState
}

var _ store.Store = (*Store)(nil)

// Open connects to a database, brings its schema up to date and finds the workspace, or makes it. It returns ErrNoIndex where a
// read-only workspace is absent, ErrNewer where a later version of the program has changed the schema, and an Error with a hint where
// the server refuses.
func Open(ctx context.Context, o Options) (*Store, error) {
	config, err := configOf(o)
	if err != nil {
		return nil, err
	}
	s := &Store{opts: o, server: serverName(config.ConnConfig), readOnly: o.ReadOnly, analyzers: batch.NewAnalyzers(), writing: make(chan struct{}, 1)}
	s.Reader = text.Reader{With: s.withWords, Wrap: s.wrap}
	if s.pool, err = newDatabase(ctx, config, o.busyTimeout()); err != nil {
		return nil, s.wrap("open", err)
	}
	if err := s.prepare(ctx); err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	if err := s.checkServer(ctx); err != nil {
		return err
	}
	if err := s.prepareSchema(ctx); err != nil {
		return err
	}
	return s.findWorkspace(ctx)
}

// Close waits for running calls to end and closes the connections.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

// Stamp is the random word that the workspace was given when it was made.
func (s *Store) Stamp() string { return s.stamp }

// Superuser tells that row-level security does not bind the role that is connected.
func (s *Store) Superuser() bool { return s.superuser }

// Where names the server and the workspace.
func (s *Store) Where() string { return fmt.Sprintf("workspace %s of %s", s.opts.Workspace, s.server) }

// Damage is what a process found wrong with the index: of a server's that is its administrator's to mend.
func (s *Store) Damage() string { return "" }

// Replaced tells whether the workspace that was opened is not there any more, as far as a question, a write or Listen has come upon it: it
// was removed, whatever bears its name now, or this role may not see it any more. Whoever goes on opens anew.
func (s *Store) Replaced() bool { return s.gone.Load() }

// isGone reports, and remembers, that an answer about the row of the workspace means that there is none, or no table of them.
func (s *Store) isGone(err error) bool {
	gone := errors.Is(err, pgx.ErrNoRows) || codeOf(err) == noTable || codeOf(err) == noSchema
	if gone {
		s.gone.Store(true)
	}
	return gone
}

// DropOlder removes what an older program left: nothing.
func (s *Store) DropOlder() error { return nil }
