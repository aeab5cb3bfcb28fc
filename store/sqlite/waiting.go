package sqlite

import (
	"context"
	"database/sql"

	"amalfa/store"
	"amalfa/store/batch"
)

// mayWait is the condition that a row of files may lack vectors of model ?1: a record says so of one model only, and of another its
// passages have to be looked at.
const mayWait = "f.chunks > 0 AND coalesce(f.vectors, -1) <> ?1"

// lacks is the condition that a row of chunks has no vector of model ?1.
const lacks = "NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage = c.passage AND v.model = ?1)"

// Waiting implements Store.
func (s *Store) Waiting(ctx context.Context, digest string, ids []string) ([]store.Waiting, error) {
	var waits batch.Waits
	among, args := "", []any{int64(0)}
	if ids != nil {
		among, args = " AND n.id IN (SELECT value FROM json_each(?2))", append(args, jsonList(ids))
	}
	err := s.read(ctx, "read what waits for vectors in", func(tx *sql.Tx) error {
		model, err := value[int64](tx.QueryContext(ctx, "SELECT key FROM models WHERE digest = ?", digest))
		if err != nil {
			return err
		}
		args[0] = model
		// #nosec G202 -- what is put together is constants of ours; values are arguments
		rows, err := tx.QueryContext(ctx, `SELECT n.key, n.id, n.hash, n.date, n.mtime, f.chunks,
			(SELECT count(DISTINCT source) FROM edges WHERE target = n.key AND source <> n.key)
			FROM files f JOIN notes n ON n.id = f.id WHERE `+mayWait+among, args...)
		if err = each(rows, err, func(rows *sql.Rows) error { return waits.Note(rows) }); err != nil {
			return err
		}
		// #nosec G202 -- as above
		rows, err = tx.QueryContext(ctx, `SELECT n.key, c.passage, c.tokens FROM files f JOIN notes n ON n.id = f.id
			JOIN chunks c ON c.note = n.key WHERE `+mayWait+among+" AND "+lacks, args...)
		return each(rows, err, func(rows *sql.Rows) error { return waits.Passage(rows) })
	})
	return waits.List(), err
}

// WaitingSince implements Store.
func (s *Store) WaitingSince(ctx context.Context, digest string, since int64, limit int) ([]string, error) {
	ids, err := column[string](s.db.QueryContext(ctx, `SELECT f.id FROM files f WHERE f.mtime >= ?2 AND f.chunks > 0
		AND coalesce(f.vectors, -1) <> coalesce((SELECT key FROM models WHERE digest = ?1), 0) ORDER BY f.mtime DESC LIMIT ?3`, digest, since, limit))
	return ids, s.wrap("read what waits for vectors in", err)
}

// WaitingPassages implements Store.
func (s *Store) WaitingPassages(ctx context.Context, digest, note string) (map[string]int, error) {
	tokens := make(map[string]int)
	rows, err := s.db.QueryContext(ctx, `SELECT p.hash, c.tokens FROM notes n JOIN chunks c ON c.note = n.key JOIN passages p ON p.key = c.passage
		WHERE n.id = ?2 AND NOT EXISTS (SELECT 1 FROM vectors v JOIN models m ON m.key = v.model WHERE v.passage = c.passage AND m.digest = ?1)`, digest, note)
	err = each(rows, err, func(rows *sql.Rows) error {
		var hash string
		var n int
		err := rows.Scan(&hash, &n)
		tokens[hash] = n
		return err
	})
	return tokens, s.wrap("read what waits for vectors in", err)
}
