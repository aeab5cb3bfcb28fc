package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"amalfa/store"
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
	var m store.Model
	err := q.QueryRowContext(ctx, `SELECT digest, models.name, dim FROM models JOIN meta ON meta.name = 'model' AND value = digest`).
		Scan(&m.Digest, &m.Name, &m.Dim)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Model{}, fmt.Errorf("active model of %s: %w", s.path, store.ErrNotFound)
	}
	return m, s.wrap("read active model of", err)
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
