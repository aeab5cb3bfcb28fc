package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"amalfa/store"
)

// Stats implements Store.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	var st store.Stats
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM chunks), (SELECT count(*) FROM edges),
		(SELECT count(DISTINCT tag) FROM tags), (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)`).
		Scan(&st.Notes, &st.Chunks, &st.Edges, &st.Tags, &st.Bytes)
	if err != nil {
		return store.Stats{}, s.wrap("count", err)
	}
	st.Model, err = s.ActiveModel(ctx)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return st, err
}

// DataVersion implements Store.
func (s *Store) DataVersion(ctx context.Context) (int64, error) {
	var v int64
	err := s.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'generation'").Scan(&v)
	return v, s.wrap("read version of", err)
}

// Check implements Store: SQLite's own structure, the references between tables, and what this package promises about rows.
func (s *Store) Check(ctx context.Context) error {
	return s.read(ctx, "check", func(tx *sql.Tx) error {
		for _, c := range []struct{ what, query string }{
			{"structure", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"},
			{"reference", `SELECT "table" || ' row ' || coalesce(rowid, '?') || ' to ' || parent FROM pragma_foreign_key_check`},
			{"vector length", `SELECT 'vector ' || v.key FROM vectors v JOIN models m ON m.key = v.model WHERE length(v.data) <> 4 * m.dim`},
			{"number of words' chunks", "SELECT 'segments' WHERE (SELECT total(chunks) FROM segments) <> (SELECT count(*) FROM chunks)"},
			{"note without a file", "SELECT id FROM notes WHERE id NOT IN (SELECT id FROM files WHERE state <> 'skipped')"},
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
		return s.checkWords(ctx, tx)
	})
}

// checkWords reads every segment and page, and holds their chunks against those of the index.
func (s *Store) checkWords(ctx context.Context, tx *sql.Tx) error {
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
