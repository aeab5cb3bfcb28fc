package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/batch"
)

// noteDate is the day that a note states, when it starts like one, else the day of its file's time, UTC.
const noteDate = `(CASE WHEN n.date ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN substr(n.date, 1, 10)
	ELSE to_char(to_timestamp(n.mtime / 1000000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD') END COLLATE "C")`

// clauses[by] holds for one of the values of the array ?. Letters are folded as SQLite does: those of ASCII.
var clauses = map[store.By]string{
	store.ByPath:   "n.key = ANY(?)",
	store.ByTag:    "EXISTS (SELECT 1 FROM unnest(n.tags) t, unnest(?::text[]) v WHERE t = v OR starts_with(t, v || '/'))",
	store.ByType:   `EXISTS (SELECT 1 FROM (SELECT lower(u COLLATE "C") AS v FROM unnest(?::text[]) u) w WHERE lower(n.kind COLLATE "C") = v OR right(lower(n.id), length(v) + 1) = '.' || v)`,
	store.ByAfter:  "EXISTS (SELECT 1 FROM unnest(?::text[]) v WHERE " + noteDate + " >= v)",
	store.ByBefore: "EXISTS (SELECT 1 FROM unnest(?::text[]) v WHERE " + noteDate + " < v)",
	store.ByLink:   "EXISTS (SELECT 1 FROM edges e JOIN notes x ON x.key = e.target WHERE e.source = n.key AND x.id = ANY(?::text[]))",
}

// clauseOf returns the SQL of a condition and its argument.
func (s *Store) clauseOf(ctx context.Context, c store.Condition) (clause string, arg any, err error) {
	if err := batch.CheckCondition(c, clauses); err != nil {
		return "", nil, err
	}
	clause, arg = clauses[c.By], c.Values
	if c.By == store.ByPath {
		if arg, err = s.pathKeys(ctx, c.Values); err != nil {
			return "", nil, err
		}
	}
	if c.Not {
		clause = "NOT " + clause
	}
	return clause, arg, nil
}

// pathKeys lists the keys of the notes that one of the patterns matches.
func (s *Store) pathKeys(ctx context.Context, patterns []string) ([]int64, error) {
	match, err := batch.PathMatcher(patterns)
	if err != nil {
		return nil, err
	}
	keys := []int64{}
	rows, err := s.pool.Query(ctx, "SELECT key, id FROM notes WHERE workspace = $1", s.workspace)
	err = each(rows, err, func(rows pgx.Rows) error {
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

// where joins conditions over notes n of the workspace, which is $1.
func (s *Store) where(ctx context.Context, conditions []store.Condition) (string, []any, error) {
	parts, args := []string{"n.workspace = $1"}, []any{s.workspace}
	for _, c := range conditions {
		part, arg, err := s.clauseOf(ctx, c)
		if err != nil {
			return "", nil, err
		}
		args = append(args, arg)
		parts = append(parts, strings.Replace(part, "?", fmt.Sprintf("$%d", len(args)), 1))
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
	// #nosec G202 -- what is put together is constants of ours; values are arguments
	ids, err := column[int64](s.pool.Query(ctx, "SELECT c.id FROM notes n JOIN chunks c ON c.note = n.key WHERE "+clause, args...))
	return store.NewSet(ids), s.wrap("select from", err)
}

// Newest implements Store.
func (s *Store) Newest(ctx context.Context, conditions []store.Condition, limit int) ([]int64, error) {
	clause, args, err := s.where(ctx, conditions)
	if err != nil {
		return nil, s.wrap("select from", err)
	}
	// #nosec G202 -- as above
	ids, err := column[int64](s.pool.Query(ctx, `SELECT c.id FROM notes n JOIN chunks c ON c.note = n.key AND c.seq = 0 WHERE `+clause+
		fmt.Sprintf(" ORDER BY %s DESC, n.id LIMIT $%d", noteDate, len(args)+1), append(args, limit)...))
	return ids, s.wrap("select from", err)
}
