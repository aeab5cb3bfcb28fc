package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"

	"amalfa/store"
)

// Stats implements Store.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	var st store.Stats
	var unknown int // edges that wait
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM chunks), (SELECT count(*) FROM edges),
		(SELECT count(DISTINCT tag) FROM tags), (SELECT count(*) FROM notes) - (SELECT count(DISTINCT note) FROM chunks),
		(SELECT count(*) FROM edges WHERE name > ''), (SELECT count(*)`+edgesUnanswered+broken+`),
		(SELECT count(*)`+edgesUnanswered+unanswered+` AND `+pending+`), (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)`).
		Scan(&st.Notes, &st.Chunks, &st.Edges, &st.Tags, &st.Empty, &st.Links, &st.Broken, &unknown, &st.Bytes)
	if err != nil {
		return store.Stats{}, s.wrap("count", err)
	}
	st.Edges, st.Links = st.Edges-unknown, st.Links-unknown
	st.Model, err = s.ActiveModel(ctx)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return st, err
}

// DataVersion implements Store.
func (s *Store) DataVersion(ctx context.Context) (int64, error) {
	var v int64
	var layout int
	err := s.db.QueryRowContext(ctx, "SELECT value, user_version FROM meta, pragma_user_version WHERE name = 'generation'").Scan(&v, &layout)
	if err == nil {
		err = knownLayout(layout)
	}
	return v, s.wrap("read version of", err)
}

// Check implements Store: SQLite's own structure, the references between tables, what this package promises about rows, and every
// checksum. What cannot even be read is ErrCorrupt too.
func (s *Store) Check(ctx context.Context) error {
	err := s.read(ctx, "check", func(tx *sql.Tx) error {
		if _, err := layoutOf(ctx, tx); err != nil {
			return err
		}
		for _, check := range []func(context.Context, *sql.Tx) error{
			checkRows, checkMeta, checkNotes, checkFiles, checkEvents, checkVectors, checkWords,
		} {
			if err := check(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	var ofSQLite *sqlite.Error
	if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrCorrupt) && !errors.As(err, &ofSQLite) {
		err = fmt.Errorf("%w: %w", store.ErrCorrupt, err) // a value of the wrong kind
	}
	if errors.Is(err, store.ErrCorrupt) {
		s.noteDamage(err)
	}
	return err
}

// checkRows asks SQLite for what must not be.
func checkRows(ctx context.Context, tx *sql.Tx) error {
	for _, c := range []struct{ what, query string }{
		{"structure", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"},
		{"reference", `SELECT "table" || ' row ' || coalesce(rowid, '?') || ' to ' || parent FROM pragma_foreign_key_check`},
		{"number of words' chunks", "SELECT 'segments' WHERE (SELECT total(chunks) FROM segments) <> (SELECT count(*) FROM chunks)"},
		{"note without a file", "SELECT id FROM notes WHERE id NOT IN (SELECT id FROM files WHERE state <> 'skipped')"},
		{"file without its note", `SELECT id FROM files f WHERE (state IN ('indexed', 'partial') OR state = 'failed' AND chunks > 0)
			AND NOT EXISTS (SELECT 1 FROM notes n WHERE n.id = f.id AND n.hash = f.hash AND n.size = f.size AND n.mtime = f.mtime)`},
		{"unused passage", "SELECT hash FROM passages WHERE key NOT IN (SELECT passage FROM chunks UNION ALL SELECT passage FROM orphans)"},
		{"vectors of file", "SELECT id FROM files WHERE vectors IS NOT NULL AND " + lacking("vectors")},
	} {
		var found string
		err := tx.QueryRowContext(ctx, c.query+" LIMIT 1").Scan(&found)
		if err == nil {
			return fmt.Errorf("%w: %s: %s", store.ErrCorrupt, c.what, found)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return nil
}

func mismatch(what string, key any) error {
	return fmt.Errorf("%w: %s %v does not match its checksum", store.ErrCorrupt, what, key)
}

func checkMeta(ctx context.Context, tx *sql.Tx) error {
	sum, err := metaSum(ctx, tx)
	if err != nil {
		return err
	}
	var recorded uint32
	err = tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'sum'").Scan(&recorded)
	if err == nil && sum != recorded {
		return mismatch("table", "meta")
	}
	return err
}

func checkNotes(ctx context.Context, tx *sql.Tx) error {
	recorded, err := recordedSums(ctx, tx, "notes")
	for id, want := range recorded {
		if err != nil {
			return err
		}
		var sum uint32
		if sum, err = noteSum(ctx, tx, id); err == nil && sum != want {
			err = mismatch("note", id)
		}
	}
	return err
}

func checkFiles(ctx context.Context, tx *sql.Tx) error {
	recorded, err := recordedSums(ctx, tx, "files")
	if err != nil {
		return err
	}
	files, err := readFiles(ctx, tx)
	for id, f := range files {
		if sumOf(f) != recorded[id] {
			return mismatch("file", id)
		}
	}
	return err
}

func recordedSums(ctx context.Context, tx *sql.Tx, table string) (map[string]uint32, error) {
	sums := map[string]uint32{}
	rows, err := tx.QueryContext(ctx, "SELECT id, sum FROM "+table) // #nosec G202 -- table is one of our constants
	err = each(rows, err, func(rows *sql.Rows) error {
		var id string
		var sum uint32
		err := rows.Scan(&id, &sum)
		sums[id] = sum
		return err
	})
	return sums, err
}

func checkEvents(ctx context.Context, tx *sql.Tx) error {
	return readEvents(ctx, tx, func(e store.Event, recorded uint32) error {
		if sumOf(e) != recorded {
			return mismatch("event", e.Cursor)
		}
		return nil
	}, "1")
}

// checkVectors unseals every vector.
func checkVectors(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT v.key, v.data, m.dim FROM vectors v JOIN models m ON m.key = v.model")
	return each(rows, err, func(rows *sql.Rows) error {
		var key, dim int64
		var sealed sql.RawBytes
		if err := rows.Scan(&key, &sealed, &dim); err != nil {
			return err
		}
		if data, err := store.Unseal(sealed); err != nil || int64(len(data)) != 4*dim {
			return mismatch("vector", key)
		}
		return nil
	})
}

// checkWords reads every segment and page, and holds their chunks against those of the index.
func checkWords(ctx context.Context, tx *sql.Tx) error {
	x, err := loadWords(ctx, tx, nil)
	if err != nil {
		return err
	}
	named, err := x.Check(ctx, wordSource{tx: tx})
	if err != nil {
		return err
	}
	var pages int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM pages").Scan(&pages); err != nil {
		return err
	}
	if pages != named {
		return fmt.Errorf("%w: %d pages of words, and segments name %d", store.ErrCorrupt, pages, named)
	}
	live := x.Live()
	rows, err := tx.QueryContext(ctx, "SELECT id FROM chunks NOT INDEXED")
	return each(rows, err, func(rows *sql.Rows) error {
		var id int64
		if err := rows.Scan(&id); err != nil || live[id] {
			return err
		}
		return fmt.Errorf("%w: chunk %d has no words", store.ErrCorrupt, id)
	})
}
