package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"amalfa/store"
)

// noteDate is the day that a note states, when it starts like one, else the day of its file's time, UTC.
const noteDate = `CASE WHEN n.date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' THEN substr(n.date, 1, 10)
	ELSE date(n.mtime / 1000000000, 'unixepoch') END`

// clauses[by] holds for ?.
var clauses = map[store.By]string{
	store.ByPath:   "instr('/' || n.id, '/' || ?) > 0",
	store.ByTag:    `EXISTS (SELECT 1 FROM tags t, (SELECT ? AS v) WHERE t.note = n.key AND (t.tag = v OR substr(t.tag, 1, length(v) + 1) = v || '/'))`,
	store.ByType:   "(SELECT n.kind = v OR substr(lower(n.id), -length(v) - 1) = '.' || v FROM (SELECT lower(?) AS v))",
	store.ByAfter:  noteDate + " >= ?",
	store.ByBefore: noteDate + " < ?",
	store.ByLink:   "EXISTS (SELECT 1 FROM edges e JOIN notes x ON x.key = e.target WHERE e.source = n.key AND x.id = ?)",
}

// globClause is ByPath for a value with wildcards.
const globClause = "n.id GLOB ?"

// clauseOf returns the SQL of a condition and its arguments.
func clauseOf(c store.Condition) (string, []any, error) {
	clause, ok := clauses[c.By]
	if !ok || len(c.Values) == 0 {
		return "", nil, fmt.Errorf("no condition %q of %d values", c.By, len(c.Values))
	}
	var parts []string
	var args []any
	for _, v := range c.Values {
		if _, err := time.Parse(time.DateOnly, v); err != nil && (c.By == store.ByAfter || c.By == store.ByBefore) {
			return "", nil, fmt.Errorf("condition %s: %w", c.By, err)
		}
		part := clause
		if c.By == store.ByPath && strings.ContainsAny(v, "*?") {
			part = globClause
		}
		parts, args = append(parts, part), append(args, v)
	}
	joined := "(" + strings.Join(parts, " OR ") + ")"
	if c.Not {
		joined = "NOT " + joined
	}
	return joined, args, nil
}

// where joins conditions over notes n.
func where(conditions []store.Condition) (string, []any, error) {
	parts, args := []string{"1"}, []any(nil)
	for _, c := range conditions {
		part, values, err := clauseOf(c)
		if err != nil {
			return "", nil, err
		}
		parts, args = append(parts, part), append(args, values...)
	}
	return strings.Join(parts, " AND "), args, nil
}

// Select implements Store.
func (s *Store) Select(ctx context.Context, conditions []store.Condition) (*store.Set, error) {
	if len(conditions) == 0 {
		return nil, nil
	}
	clause, args, err := where(conditions)
	if err != nil {
		return nil, s.wrap("select from", err)
	}
	ids, err := s.ids(ctx, "SELECT c.id FROM notes n JOIN chunks c ON c.note = n.key WHERE "+clause, args...)
	return store.NewSet(ids), err
}

// Newest implements Store.
func (s *Store) Newest(ctx context.Context, conditions []store.Condition, limit int) ([]int64, error) {
	clause, args, err := where(conditions)
	if err != nil {
		return nil, s.wrap("select from", err)
	}
	return s.ids(ctx, `SELECT c.id FROM notes n JOIN chunks c ON c.note = n.key AND c.seq = 0 WHERE `+clause+
		" ORDER BY "+noteDate+" DESC, n.id LIMIT ?", append(args, limit)...)
}

func (s *Store) ids(ctx context.Context, query string, args ...any) ([]int64, error) {
	ids, err := column[int64](s.db.QueryContext(ctx, query, args...))
	return ids, s.wrap("select from", err)
}
