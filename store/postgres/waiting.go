package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/batch"
)

// mayWait is the condition that a row of files may lack vectors of model $2: a record says so of one model only, and of another its
// passages have to be looked at.
const mayWait = "f.workspace = $1 AND f.chunks > 0 AND coalesce(f.vectors, -1) <> $2"

// lacks is the condition that a row of chunks has no vector of model $2.
const lacks = "NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage = c.passage AND v.model = $2)"

// waitingNotes reads notes that may wait; the list is Waiting's ids, or NULL.
const waitingNotes = `SELECT n.key, n.id, n.hash, n.date, n.mtime, f.chunks, (SELECT count(DISTINCT source) FROM edges WHERE target = n.key AND source <> n.key)
	FROM files f JOIN notes n ON n.workspace = f.workspace AND n.id = f.id WHERE ` + mayWait + " AND ($3::text[] IS NULL OR n.id = ANY($3)) ORDER BY n.id"

// waitingChunks reads their passages that do.
const waitingChunks = `SELECT n.key, c.passage, c.tokens FROM files f JOIN notes n ON n.workspace = f.workspace AND n.id = f.id JOIN chunks c ON c.note = n.key
	WHERE ` + mayWait + " AND ($3::text[] IS NULL OR n.id = ANY($3)) AND " + lacks + " ORDER BY c.id"

// Waiting implements Store.
func (s *Store) Waiting(ctx context.Context, digest string, ids []string) ([]store.Waiting, error) {
	var waits batch.Waits
	err := s.read(ctx, "read what waits for vectors in", func(tx pgx.Tx) error {
		model, err := value[int64](tx.Query(ctx, "SELECT key FROM models WHERE workspace = $1 AND digest = $2", s.workspace, digest))
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, waitingNotes, s.workspace, model, ids)
		if err = each(rows, err, func(rows pgx.Rows) error { return waits.Note(rows) }); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, waitingChunks, s.workspace, model, ids)
		return each(rows, err, func(rows pgx.Rows) error { return waits.Passage(rows) })
	})
	return waits.List(), err
}

// WaitingSince implements Store.
func (s *Store) WaitingSince(ctx context.Context, digest string, since int64, limit int) ([]string, error) {
	ids, err := column[string](s.pool.Query(ctx, `SELECT f.id FROM files f WHERE f.workspace = $1 AND f.mtime >= $3 AND f.chunks > 0
		AND coalesce(f.vectors, -1) <> coalesce((SELECT key FROM models WHERE workspace = $1 AND digest = $2), 0) ORDER BY f.mtime DESC, f.id LIMIT $4`,
		s.workspace, digest, since, limit))
	return ids, s.wrap("read what waits for vectors in", err)
}

// WaitingPassages implements Store.
func (s *Store) WaitingPassages(ctx context.Context, digest, note string) (map[string]int, error) {
	tokens := make(map[string]int)
	rows, err := s.pool.Query(ctx, `SELECT p.hash, c.tokens FROM notes n JOIN chunks c ON c.note = n.key JOIN passages p ON p.key = c.passage
		WHERE n.workspace = $1 AND n.id = $3
		AND NOT EXISTS (SELECT 1 FROM vectors v JOIN models m ON m.key = v.model WHERE v.passage = c.passage AND m.workspace = $1 AND m.digest = $2)`,
		s.workspace, digest, note)
	err = each(rows, err, func(rows pgx.Rows) error {
		var hash string
		var n int
		err := rows.Scan(&hash, &n)
		tokens[hash] = n
		return err
	})
	return tokens, s.wrap("read what waits for vectors in", err)
}
