package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"amalfa/store"
)

// SchemaVersion is the version of the database layout that this program writes (PRAGMA user_version).
//
//	1  the first layout (schema/1.sql)
//	2  words in segments of our own, beside FTS5; which vectors changed when; history (schema/2.sql)
//	3  what each file looked like, what cut it, and whether it has all its vectors; passages that wait for their next note; positions
//	   of words, no FTS5; checksums (schema/3.sql)
//	4  by which rule an edge's target is found, and the files that are no notes; words as readers see them, and hidden ones; where a
//	   date stands (schema/4.sql)
//	5  terms (schema/5.sql)
const SchemaVersion = 5

// applicationID marks the database as ours in its header: "amlf".
const applicationID = 0x616d6c66

// errOutdated reports an older layout to a reader.
var errOutdated = fmt.Errorf("older layout: %w", store.ErrReadOnly)

var (
	//go:embed schema/1.sql
	schema1 string
	//go:embed schema/2.sql
	schema2 string
	//go:embed schema/3.sql
	schema3 string
	//go:embed schema/4.sql
	schema4 string
	//go:embed schema/5.sql
	schema5 string
)

// migration leads from one version to the next: first the script, then what SQL cannot do.
type migration struct {
	script string
	then   func(*writer) error
}

// migrations[i] leads from version i to version i+1.
func migrations() []migration {
	return []migration{
		{script: schema1},
		{script: schema2},
		{script: schema3, then: (*writer).toLayout3},
		{script: schema4, then: (*writer).toLayout4},
		{script: schema5},
	}
}

// toLayout3 is what schema/3.sql cannot do. Words and checksums are left to toLayout4, which makes all of them.
func (w *writer) toLayout3() error {
	if err := w.completeAll(); err != nil {
		return err
	}
	return w.sealVectors()
}

// toLayout4 is what schema/4.sql cannot do.
func (w *writer) toLayout4() error {
	if err := w.nameAll(); err != nil {
		return err
	}
	if err := w.indexAll(); err != nil {
		return err
	}
	return w.sumAll()
}

// prepareSchema checks whose database this is, asks the caller about its stamp, and brings an older layout up to date.
func (s *Store) prepareSchema(ctx context.Context, o Options) error {
	version, err := s.identify(ctx)
	if err != nil {
		return err
	}
	if err := knownLayout(version); err != nil {
		return s.wrap("open index", err)
	}
	created := version == 0
	switch {
	case created && o.ReadOnly:
		return fmt.Errorf("open index %s: %w", s.path, store.ErrNoIndex)
	case version < SchemaVersion && o.ReadOnly:
		return fmt.Errorf("open index %s: layout %d is brought up to date by a writer: %w", s.path, version, errOutdated)
	}
	if created {
		if err := s.migrate(ctx); err != nil {
			return err
		}
	}
	if err := s.readStamp(ctx); err != nil {
		return err
	}
	if o.Stamp != nil {
		if err := o.Stamp(s.stamp, created); err != nil {
			return fmt.Errorf("open index %s: %w", s.path, err)
		}
	}
	if version < SchemaVersion {
		return s.migrate(ctx)
	}
	return nil
}

// identify returns the layout version, 0 for an empty file. A database of another program is ErrCorrupt.
func (s *Store) identify(ctx context.Context) (int, error) {
	var id, version, tables int
	err := s.db.QueryRowContext(ctx, `SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_master)
		FROM pragma_application_id a, pragma_user_version v`).Scan(&id, &version, &tables)
	if err != nil {
		return 0, s.wrap("open index", err)
	}
	if tables > 0 && (id != applicationID || version == 0) {
		return 0, fmt.Errorf("open index %s: %w: a database of another program", s.path, store.ErrCorrupt)
	}
	if tables == 0 {
		return 0, nil
	}
	return version, nil
}

func (s *Store) readStamp(ctx context.Context) error {
	err := s.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'stamp'").Scan(&s.stamp)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("open index %s: %w: no stamp", s.path, store.ErrCorrupt)
	}
	return s.wrap("open index", err)
}

// knownLayout is ErrNewer for a layout that this program does not know.
func knownLayout(version int) error {
	if version > SchemaVersion {
		return fmt.Errorf("%w (layout %d, this one knows %d)", store.ErrNewer, version, SchemaVersion)
	}
	return nil
}

// layoutOf returns the layout that a transaction sees, or ErrNewer.
func layoutOf(ctx context.Context, tx *sql.Tx) (version int, err error) {
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	return version, knownLayout(version)
}

// migrate runs the missing migrations in one transaction, and keeps a copy of an older index. It looks at the version again
// inside: another process may have been faster.
func (s *Store) migrate(ctx context.Context) error {
	return s.write(ctx, "migrate index", func(tx *sql.Tx) error {
		version, err := layoutOf(ctx, tx)
		switch {
		case err != nil || version == SchemaVersion:
			return err
		case version > 0:
			err = s.keepOlder(ctx, version)
		}
		if err != nil {
			return fmt.Errorf("keep layout %d: %w", version, err)
		}
		for v := version; v < SchemaVersion; v++ {
			if err := migrations()[v].run(ctx, tx); err != nil {
				return fmt.Errorf("to layout %d: %w", v+1, err)
			}
		}
		if version == 0 {
			if _, err := tx.ExecContext(ctx, "INSERT INTO meta VALUES ('stamp', ?), ('generation', 0), ('complete_since', 0)", rand.Text()); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, SchemaVersion))
		return err
	})
}

func (m migration) run(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, m.script); err != nil || m.then == nil {
		return err
	}
	w := newWriter(ctx, tx)
	defer w.close()
	return m.then(w)
}

// write runs fn in one transaction that holds the write lock from its start. It is ErrNewer where a later version of the program
// has brought the index up to its own layout since it was opened.
func (s *Store) write(ctx context.Context, op string, fn func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.wrap(op, err)
	}
	if _, err = layoutOf(ctx, tx); err == nil {
		err = fn(tx)
	}
	if err == nil {
		err = sumMeta(ctx, tx)
	}
	if err != nil {
		_ = tx.Rollback() // its error says only that SQLite or ctx has already ended the transaction
		return s.wrap(op, err)
	}
	return s.wrap(op, tx.Commit())
}
