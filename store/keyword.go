package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Keyword implements Store. BM25 with k1 1.2 and b 0.75; the columns' weights were measured, see search.
func (s *SQLite) Keyword(ctx context.Context, expr string, limit int) ([]Match, error) {
	if expr == "" {
		return nil, nil
	}
	var matches []Match
	rows, err := s.db.QueryContext(ctx, `SELECT rowid, -bm25(words, 1.0, 1.5, 2.0, 1.5) FROM words
		WHERE words MATCH ? ORDER BY 2 DESC, 1 LIMIT ?`, expr, limit)
	err = each(rows, err, func(rows *sql.Rows) error {
		var m Match
		err := rows.Scan(&m.Chunk, &m.Score)
		matches = append(matches, m)
		return err
	})
	return matches, s.wrap("search", syntax(err))
}

// Count implements Store.
func (s *SQLite) Count(ctx context.Context, expr string, limit int) (int, error) {
	if expr == "" {
		return 0, nil
	}
	var n int
	err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)", expr, limit).Scan(&n)
	return n, s.wrap("search", syntax(err))
}

// Matching implements Store. One pass over the expression's rows: a seek per row would parse the expression each time.
func (s *SQLite) Matching(ctx context.Context, expr string, ids []int64) (map[int64]bool, error) {
	matching := make(map[int64]bool, len(ids))
	if expr == "" || len(ids) == 0 {
		return matching, nil
	}
	rows, err := s.db.QueryContext(ctx, "SELECT rowid FROM words WHERE words MATCH ? AND +rowid IN (SELECT value FROM json_each(?))",
		expr, idsJSON(ids))
	err = each(rows, err, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		matching[id] = true
		return err
	})
	return matching, s.wrap("search", syntax(err))
}

func idsJSON(ids []int64) string {
	list := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, id, 10)
	}
	return string(append(list, ']'))
}

// syntax marks SQLite's generic error, which in these statements only the expression can cause.
func syntax(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_ERROR {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return err
}
