package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// model returns the key of a model, new or known. One digest never changes its dimension.
func (w *writer) model(m Model) (int64, error) {
	key, err := w.key("SELECT key FROM models WHERE digest = ? AND dim = ?", m.Digest, m.Dim)
	if err != nil || key != 0 {
		return key, err
	}
	return w.insert("INSERT INTO models (digest, name, dim) VALUES (?, ?, ?)", m.Digest, m.Name, m.Dim)
}

// ActiveModel implements Store.
func (s *SQLite) ActiveModel(ctx context.Context) (Model, error) {
	var m Model
	err := s.db.QueryRowContext(ctx, `SELECT digest, models.name, dim FROM models JOIN meta ON meta.name = 'model' AND value = digest`).
		Scan(&m.Digest, &m.Name, &m.Dim)
	if errors.Is(err, sql.ErrNoRows) {
		return Model{}, fmt.Errorf("active model of %s: %w", s.path, ErrNotFound)
	}
	return m, s.wrap("read active model of", err)
}

// SetActiveModel implements Store.
func (s *SQLite) SetActiveModel(ctx context.Context, m Model) error {
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
		return w.tick()
	})
	if err == nil {
		s.removeViews(m.Digest)
	}
	return err
}
