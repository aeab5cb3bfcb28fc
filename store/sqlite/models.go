package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"amalfa/store"
	"amalfa/store/batch"
)

// model returns the key of a model, new or known. One digest never changes its dimension.
func (w *writer) model(m store.Model) (int64, error) {
	key, err := w.key("SELECT key FROM models WHERE digest = ? AND dim = ?", m.Digest, m.Dim)
	if err != nil || key != 0 {
		return key, err
	}
	return w.insert("INSERT INTO models (digest, name, dim) VALUES (?, ?, ?)", m.Digest, m.Name, m.Dim)
}

// ActiveModel implements Store.
func (s *Store) ActiveModel(ctx context.Context) (store.Model, error) {
	return s.activeModel(ctx, s.db)
}

func (s *Store) activeModel(ctx context.Context, q querier) (store.Model, error) {
	rows, err := q.QueryContext(ctx, `SELECT digest, models.name, dim FROM models JOIN meta ON meta.name = 'model' AND value = digest`)
	found, err := collect(rows, err, func(rows *sql.Rows, m *store.Model) error { return rows.Scan(&m.Digest, &m.Name, &m.Dim) })
	switch {
	case err != nil:
		return store.Model{}, s.wrap("read active model of", err)
	case len(found) == 0:
		return store.Model{}, fmt.Errorf("active model of %s: %w", s.path, store.ErrNotFound)
	}
	return found[0], nil
}

// SetActiveModel implements Store.
func (s *Store) SetActiveModel(ctx context.Context, m store.Model) error {
	err := s.write(ctx, "set active model of", func(tx *sql.Tx) error {
		w := newWriter(ctx, tx)
		defer w.close()
		key, err := w.model(m)
		if err != nil {
			return err
		}
		if err := w.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('model', ?)", m.Digest); err != nil {
			return err
		}
		if err := w.exec("DELETE FROM models WHERE key <> ?", key); err != nil {
			return err
		}
		if err := w.completeAll(); err != nil {
			return err
		}
		return w.nextGeneration()
	})
	if err == nil {
		s.removeVectorFiles(m.Digest)
	}
	return err
}

// lacking is the condition that some passage of a row of files has no vector of a model, given as SQL.
func lacking(model string) string {
	return `EXISTS (SELECT 1 FROM notes n JOIN chunks c ON c.note = n.key WHERE n.id = files.id
		AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage = c.passage AND v.model = ` + model + "))"
}

// complete sets files.vectors to model ?1 where a file has all its vectors.
var complete = `UPDATE files SET vectors = ?1 WHERE chunks > 0 AND vectors IS NOT ?1 AND NOT ` + lacking("?1")

// completeBatch tells of each file of a batch whether all its passages have vectors, be it of the batch's model or else of the
// active one. It runs when all vectors are in.
func (w *writer) completeBatch(b store.Batch) error {
	of, err := w.key("SELECT key FROM models WHERE digest = ?", b.Model.Digest)
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
	for _, id := range append(batch.Written(b), owners...) {
		for _, model := range []int64{active, of} { // the one that matters most last
			if model == 0 {
				continue
			}
			if err := w.exec(complete+" AND id = ?2", model, id); err != nil {
				return err
			}
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
		WHERE p.hash IN (SELECT value FROM json_each(?))`, jsonList(slices.Sorted(maps.Keys(vectors)))))
}

// completeAll looks at every file for all vectors of the active model.
func (w *writer) completeAll() error {
	active, err := w.activeKey()
	if err != nil || active == 0 {
		return err
	}
	return w.exec(complete, active)
}

// activeKey is the key of the active model, or 0.
func (w *writer) activeKey() (int64, error) {
	return w.key("SELECT key FROM models JOIN meta ON meta.name = 'model' AND value = digest")
}

// WithoutVectors implements Store.
func (s *Store) WithoutVectors(ctx context.Context, digest string) ([]string, error) {
	ids, err := column[string](s.db.QueryContext(ctx, `SELECT id FROM files WHERE chunks > 0
		AND coalesce(vectors, 0) <> coalesce((SELECT key FROM models WHERE digest = ?), -1) ORDER BY id`, digest))
	return ids, s.wrap("read files of", err)
}
