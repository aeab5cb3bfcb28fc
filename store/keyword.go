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

// Keyword implements Store.
func (s *SQLite) Keyword(ctx context.Context, expr string, limit int) ([]Match, error) {
	return s.KeywordAmong(ctx, expr, nil, limit)
}

// KeywordAmong implements Store.
func (s *SQLite) KeywordAmong(ctx context.Context, expr string, among *Set, limit int) ([]Match, error) {
	if expr == "" || among.Empty() {
		return nil, nil
	}
	n, err := parseExpr(expr)
	if err != nil {
		return nil, s.wrap("search", err)
	}
	var matches []Match
	err = s.read(ctx, "search", func(tx *sql.Tx) error {
		lex, err := s.lexicon(ctx, tx)
		if err != nil {
			return err
		}
		allowed, err := s.allowed(ctx, tx, lex, n)
		if err != nil {
			return err
		}
		matches, err = s.rank(ctx, tx, lex, n.positive(), among.And(allowed), limit)
		return err
	})
	return matches, err
}

// allowed is what an expression demands of chunks that hold one of its positive leaves; nil when that is enough.
func (s *SQLite) allowed(ctx context.Context, tx *sql.Tx, lex *lexicon, n node) (*Set, error) {
	switch {
	case n.free():
		return nil, nil
	case n.op == "NOT" && n.args[0].free():
		except, err := s.matching(ctx, tx, lex, n.args[1])
		return except.Not(), err
	}
	return s.matching(ctx, tx, lex, n)
}

// matching evaluates an expression to the chunks it matches.
func (s *SQLite) matching(ctx context.Context, tx *sql.Tx, lex *lexicon, n node) (*Set, error) {
	if n.op == "" {
		return s.holding(ctx, tx, lex, n.leaf)
	}
	set, err := s.matching(ctx, tx, lex, n.args[0])
	for _, arg := range n.args[1:] {
		if err != nil {
			return nil, err
		}
		var other *Set
		other, err = s.matching(ctx, tx, lex, arg)
		switch n.op {
		case "AND":
			set = set.And(other)
		case "OR":
			set = set.Or(other)
		default:
			set = set.And(other.Not())
		}
	}
	return set, err
}

// holding returns the chunks that hold a leaf.
func (s *SQLite) holding(ctx context.Context, tx *sql.Tx, lex *lexicon, l leaf) (*Set, error) {
	if !l.single() {
		ids, err := s.fts(ctx, tx, l)
		return NewSet(ids), err
	}
	entries, err := s.entriesOf(ctx, tx, lex, l)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for i, e := range entries {
		list := lex.segments[i].list.ids
		for c := newCursor(e.postings); int(c.doc) < len(list); c.next() {
			if id := list[c.doc]; !lex.gone[id] {
				ids = append(ids, id)
			}
		}
	}
	return NewSet(ids), nil
}

// fts asks FTS5 for the chunks that hold a phrase or prefix.
func (s *SQLite) fts(ctx context.Context, tx *sql.Tx, l leaf) ([]int64, error) {
	var ids []int64
	rows, err := tx.QueryContext(ctx, "SELECT rowid FROM words WHERE words MATCH ?", l.String())
	err = each(rows, err, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, syntax(err)
}

// Count implements Store.
func (s *SQLite) Count(ctx context.Context, expr string, limit int) (int, error) {
	if expr == "" {
		return 0, nil
	}
	n, err := parseExpr(expr)
	if err != nil {
		return 0, s.wrap("search", err)
	}
	found := 0
	err = s.read(ctx, "search", func(tx *sql.Tx) error {
		lex, err := s.lexicon(ctx, tx)
		if err != nil {
			return err
		}
		if n.op == "" && n.leaf.single() {
			found, err = s.frequency(ctx, tx, lex, n.leaf)
			return err
		}
		set, err := s.matching(ctx, tx, lex, n)
		if err == nil {
			found = len(set.ids)
		}
		return err
	})
	return min(found, limit), err
}

// frequency is the number of chunks that hold a word.
func (s *SQLite) frequency(ctx context.Context, tx *sql.Tx, lex *lexicon, l leaf) (int, error) {
	entries, err := s.entriesOf(ctx, tx, lex, l)
	n := int64(0)
	for _, e := range entries {
		n += e.chunks
	}
	return int(n), err
}

// Matching implements Store.
func (s *SQLite) Matching(ctx context.Context, expr string, ids []int64) (map[int64]bool, error) {
	matching := make(map[int64]bool, len(ids))
	if expr == "" || len(ids) == 0 {
		return matching, nil
	}
	n, err := parseExpr(expr)
	if err != nil {
		return nil, s.wrap("search", err)
	}
	err = s.read(ctx, "search", func(tx *sql.Tx) error {
		lex, err := s.lexicon(ctx, tx)
		if err != nil {
			return err
		}
		set, err := s.matching(ctx, tx, lex, n)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if set.has(id) {
				matching[id] = true
			}
		}
		return nil
	})
	return matching, err
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
