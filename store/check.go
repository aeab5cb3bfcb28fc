package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Stats implements Store.
func (s *SQLite) Stats(ctx context.Context) (Stats, error) {
	var st Stats
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM chunks), (SELECT count(*) FROM edges),
		(SELECT count(DISTINCT tag) FROM tags), (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)`).
		Scan(&st.Notes, &st.Chunks, &st.Edges, &st.Tags, &st.Bytes)
	if err != nil {
		return Stats{}, s.wrap("count", err)
	}
	st.Model, err = s.ActiveModel(ctx)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return st, err
}

// DataVersion implements Store.
func (s *SQLite) DataVersion(ctx context.Context) (int64, error) {
	var v int64
	err := s.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'generation'").Scan(&v)
	return v, s.wrap("read version of", err)
}

// Check implements Store: SQLite's own structure, the references between tables, and what this package promises about rows.
func (s *SQLite) Check(ctx context.Context) error {
	return s.read(ctx, "check", func(tx *sql.Tx) error {
		for _, c := range []struct{ what, query string }{
			{"structure", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"},
			{"reference", `SELECT "table" || ' row ' || coalesce(rowid, '?') || ' to ' || parent FROM pragma_foreign_key_check`},
			{"vector length", `SELECT 'vector ' || v.key FROM vectors v JOIN models m ON m.key = v.model WHERE length(v.data) <> 4 * m.dim`},
			{"words", `SELECT 'chunk ' || id FROM chunks WHERE id NOT IN (SELECT id FROM words_docsize)
				UNION ALL SELECT 'words ' || id FROM words_docsize WHERE id NOT IN (SELECT id FROM chunks)`},
			{"note without a file", "SELECT id FROM notes WHERE id NOT IN (SELECT id FROM files WHERE state IN ('indexed', 'partial'))"},
			{"unused passage", "SELECT hash FROM passages WHERE key NOT IN (SELECT passage FROM chunks)"},
		} {
			var found string
			err := tx.QueryRowContext(ctx, c.query+" LIMIT 1").Scan(&found)
			if err == nil {
				return fmt.Errorf("%w: %s: %s", ErrCorrupt, c.what, found)
			}
			if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		return nil
	})
}
