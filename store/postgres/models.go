package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/batch"
)

// model is a model of the workspace.
type model struct {
	store.Model
	key     int64 // 0 when the workspace does not know it
	indexed bool  // there is an index by which its vectors are found
}

const modelQuery = `SELECT m.key, m.digest, m.name, m.dim, coalesce((SELECT i.indisvalid FROM pg_index i
	WHERE i.indexrelid = to_regclass('amalfa.vectors_of_' || m.key)), false) FROM models m `

func scanModel(rows pgx.Rows, m *model) error {
	return rows.Scan(&m.key, &m.Digest, &m.Name, &m.Dim, &m.indexed)
}

// modelOf looks a model up.
func (s *Store) modelOf(ctx context.Context, digest string) (model, error) {
	rows, err := s.pool.Query(ctx, modelQuery+"WHERE m.workspace = $1 AND m.digest = $2", s.workspace, digest)
	found, err := collect(rows, err, scanModel)
	if len(found) == 0 {
		return model{}, err
	}
	return found[0], err
}

// ActiveModel implements Store.
func (s *Store) ActiveModel(ctx context.Context) (store.Model, error) {
	m, err := s.activeModel(ctx, s.pool)
	switch {
	case err != nil:
		return store.Model{}, s.wrap("read active model of", err)
	case m.key == 0:
		return store.Model{}, fmt.Errorf("active model of %s: %w", s.Where(), store.ErrNotFound)
	}
	return m.Model, nil
}

// activeModel has the key 0 where none is.
func (s *Store) activeModel(ctx context.Context, q querier) (m model, err error) {
	rows, err := q.Query(ctx, modelQuery+"JOIN workspaces w ON w.key = m.workspace AND w.model = m.digest WHERE w.key = $1", s.workspace)
	return m, each(rows, err, func(rows pgx.Rows) error { return scanModel(rows, &m) })
}

// model returns the key of a model, new or known. One digest never changes its dimension.
func (w *writer) model(m store.Model) (int64, error) {
	key, err := w.key("SELECT key FROM models WHERE workspace = $1 AND digest = $2 AND dim = $3", w.workspace, m.Digest, m.Dim)
	if err != nil || key != 0 {
		return key, err
	}
	return w.key("INSERT INTO models (workspace, digest, name, dim) VALUES ($1, $2, $3, $4) RETURNING key", w.workspace, m.Digest, m.Name, m.Dim)
}

// SetActiveModel implements Store.
func (s *Store) SetActiveModel(ctx context.Context, m store.Model) error {
	var gone []int64
	err := s.write(ctx, "set active model of", func(w *writer) error {
		key, err := w.model(m)
		if err != nil {
			return err
		}
		if err := w.exec("UPDATE workspaces SET model = $2 WHERE key = $1", w.workspace, m.Digest); err != nil {
			return err
		}
		gone, err = column[int64](w.query("DELETE FROM models WHERE workspace = $1 AND key <> $2 RETURNING key", w.workspace, key))
		if err != nil {
			return err
		}
		if err := w.completeAll(); err != nil {
			return err
		}
		return w.nextGeneration()
	})
	if err == nil {
		s.dropIndexes(ctx, gone)
		s.indexModel(ctx, m.Digest)
	}
	return err
}

// complete sets files.vectors to model $2 where a file has all its vectors.
const complete = `UPDATE files SET vectors = $2 WHERE workspace = $1 AND chunks > 0 AND vectors IS DISTINCT FROM $2
	AND NOT EXISTS (SELECT 1 FROM notes n JOIN chunks c ON c.note = n.key WHERE n.workspace = $1 AND n.id = files.id
		AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.model = $2 AND v.passage = c.passage))`

// completeBatch tells of each file of a batch whether all its passages have vectors, be it of the batch's model or else of the
// active one. It runs when all vectors are in.
func (w *writer) completeBatch(b store.Batch) error {
	of, err := w.key("SELECT key FROM models WHERE workspace = $1 AND digest = $2", w.workspace, b.Model.Digest)
	if err != nil {
		return err
	}
	active, err := w.activeKey()
	if err != nil {
		return err
	}
	if active == of {
		active = 0
	}
	owners, err := w.notesOf(b.Vectors)
	if err != nil {
		return err
	}
	ids := append(batch.Written(b), owners...)
	for _, model := range []int64{active, of} { // the one that matters most last
		if model == 0 || len(ids) == 0 {
			continue
		}
		if err := w.exec(complete+" AND id = ANY($3)", w.workspace, model, ids); err != nil {
			return err
		}
	}
	return nil
}

// notesOf are the notes that have the passages of some vectors.
func (w *writer) notesOf(vectors map[string][]float32) ([]string, error) {
	if len(vectors) == 0 {
		return nil, nil
	}
	return column[string](w.query(`SELECT DISTINCT n.id FROM passages p JOIN chunks c ON c.passage = p.key JOIN notes n ON n.key = c.note
		WHERE p.workspace = $1 AND p.hash = ANY($2)`, w.workspace, slices.Collect(maps.Keys(vectors))))
}

// completeAll looks at every file for all vectors of the active model.
func (w *writer) completeAll() error {
	active, err := w.activeKey()
	if err != nil || active == 0 {
		return err
	}
	return w.exec(complete, w.workspace, active)
}

// activeKey is the key of the active model, or 0.
func (w *writer) activeKey() (int64, error) {
	return w.key("SELECT m.key FROM models m JOIN workspaces w ON w.key = m.workspace AND w.model = m.digest WHERE w.key = $1", w.workspace)
}

// WithoutVectors implements Store.
func (s *Store) WithoutVectors(ctx context.Context, digest string) ([]string, error) {
	ids, err := column[string](s.pool.Query(ctx, `SELECT id FROM files WHERE workspace = $1 AND chunks > 0
		AND coalesce(vectors, 0) <> coalesce((SELECT key FROM models WHERE workspace = $1 AND digest = $2), -1) ORDER BY id`, s.workspace, digest))
	return ids, s.wrap("read files of", err)
}
