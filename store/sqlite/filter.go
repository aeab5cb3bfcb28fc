package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"amalfa/store"
	"amalfa/store/batch"
)

// noteDate is the day that a note states, when it starts like one, else the day of its file's time, UTC.
const noteDate = `CASE WHEN n.date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' THEN substr(n.date, 1, 10)
	ELSE date(n.mtime / 1000000000, 'unixepoch') END`

// clauses[by] holds for ?.
var clauses = map[store.By]string{
	store.ByPath:   "n.key IN (SELECT value FROM json_each(?))",
	store.ByTag:    `EXISTS (SELECT 1 FROM tags t, (SELECT ? AS v) WHERE t.note = n.key AND (t.tag = v OR substr(t.tag, 1, length(v) + 1) = v || '/'))`,
	store.ByType:   "(SELECT lower(n.kind) = v OR substr(lower(n.id), -length(v) - 1) = '.' || v FROM (SELECT lower(?) AS v))",
	store.ByAfter:  noteDate + " >= ?",
	store.ByBefore: noteDate + " < ?",
	store.ByLink:   "EXISTS (SELECT 1 FROM edges e JOIN notes x ON x.key = e.target WHERE e.source = n.key AND x.id = ?)",
}

// clauseOf returns the SQL of a condition and its arguments.
func (s *Store) clauseOf(ctx context.Context, c store.Condition) (string, []any, error) {
	if err := batch.CheckCondition(c, clauses); err != nil {
		return "", nil, err
	}
	values := c.Values
	if c.By == store.ByPath {
		keys, err := s.pathKeys(ctx, c.Values)
		if err != nil {
			return "", nil, err
		}
		values = []string{jsonList(keys)}
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	joined := "(" + strings.Join(slices.Repeat([]string{clauses[c.By]}, len(values)), " OR ") + ")"
	if c.Not {
		joined = "NOT " + joined
	}
	return joined, args, nil
}

// pathKeys lists the keys of the notes that one of the patterns matches.
func (s *Store) pathKeys(ctx context.Context, patterns []string) (keys []int64, err error) {
	match, err := batch.PathMatcher(patterns)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT key, id FROM notes")
	err = each(rows, err, func(rows *sql.Rows) error {
		var key int64
		var id string
		err := rows.Scan(&key, &id)
		if match(id) {
			keys = append(keys, key)
		}
		return err
	})
	return keys, err
}

// where joins conditions over notes n.
func (s *Store) where(ctx context.Context, conditions []store.Condition) (string, []any, error) {
	parts, args := []string{"1"}, []any(nil)
	for _, c := range conditions {
		part, values, err := s.clauseOf(ctx, c)
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
	clause, args, err := s.where(ctx, conditions)
	if err != nil {
		return nil, s.wrap("select from", err)
	}
	ids, err := s.ids(ctx, "SELECT c.id FROM notes n JOIN chunks c ON c.note = n.key WHERE "+clause, args...)
	return store.NewSet(ids), err
}

// Newest implements Store.
func (s *Store) Newest(ctx context.Context, conditions []store.Condition, limit int) ([]int64, error) {
	clause, args, err := s.where(ctx, conditions)
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
