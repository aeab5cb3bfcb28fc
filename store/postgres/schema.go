package postgres

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"amalfa/store"
)

//go:embed schema/*.sql
var scripts embed.FS

// SchemaVersion is the version of the schema that this program writes: the number of its last script.
const SchemaVersion = 4

// versions is where goose keeps which scripts ran.
const versions = "amalfa.versions"

// lockID is that of the advisory lock under which one process migrates: "amalfa" in ASCII.
const lockID = 0x616d616c6661

func newStamp() string { return rand.Text() }

// newKey is the key of a new workspace. No other one ever had it, in no schema that was here before: who still has that one open finds nothing
// by its key.
func newKey() int64 {
	var random [8]byte
	_, _ = rand.Read(random[:])                           // it never fails
	return int64(binary.BigEndian.Uint64(random[:]) >> 1) // #nosec G115 -- 63 bits
}

// prepareSchema brings the schema up to date. Under a reader it must be so already.
func (s *Store) prepareSchema(ctx context.Context) error {
	version, err := s.schemaVersion(ctx)
	switch {
	case err != nil:
		return err
	case version > SchemaVersion:
		return s.wrap("open", newer(version))
	case version == SchemaVersion:
		return nil
	}
	if err := s.checkVector(ctx); err != nil {
		return err
	}
	switch {
	case s.readOnly && version == 0:
		return fmt.Errorf("open %s: %w", s.Where(), store.ErrNoIndex)
	case s.readOnly:
		return &Error{Op: "open", Server: s.Where(), Kind: errOlder, Err: fmt.Errorf("schema %d, this one has %d", version, SchemaVersion),
			hint: `run "amalfa init" where the database takes writes: it brings the schema up to date`}
	}
	return s.wrap("migrate", s.migrate(ctx))
}

func newer(version int64) error {
	return fmt.Errorf("%w (schema %d, this one knows %d)", store.ErrNewer, version, SchemaVersion)
}

// schemaVersion is 0 where there is no schema.
func (s *Store) schemaVersion(ctx context.Context) (version int64, err error) {
	err = s.pool.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versions+" WHERE is_applied").Scan(&version)
	switch codeOf(err) {
	case noTable, noSchema:
		return 0, nil
	case notOwner:
		return 0, &Error{Op: "open", Server: s.server, Kind: ErrRefused, Err: err,
			hint: "its owner runs: GRANT USAGE ON SCHEMA amalfa TO this role; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA amalfa TO this role"}
	}
	return version, s.wrap("open", err)
}

// migrate runs the missing scripts while no other process does.
func (s *Store) migrate(ctx context.Context) (err error) {
	if _, err := s.pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS amalfa"); err != nil && !raced(err) {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockID), lock.WithLockTimeout(1, 120))
	if err != nil {
		return err
	}
	files, err := fs.Sub(scripts, "schema")
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.pool.Pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker), goose.WithTableName(versions),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// raced tells that another process made the same thing at the same time.
func raced(err error) bool {
	code := codeOf(err)
	return code == duplicate || code == thereIsSchema
}
