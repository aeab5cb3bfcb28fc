package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"amalfa/store"
	"amalfa/store/vectors"
)

// validate refuses what would poison the index.
func validate(b store.Batch) error {
	if len(b.Vectors) > 0 && (b.Model.Digest == "" || b.Model.Dim <= 0) {
		return errors.New("vectors without a model")
	}
	for hash, v := range b.Vectors {
		if len(v) != b.Model.Dim {
			return fmt.Errorf("vector of %s has %d dimensions, model %s has %d", hash, len(v), b.Model.Name, b.Model.Dim)
		}
		if n := vectors.SquaredNorm(v); !(n > 0) || math.IsInf(n, 0) {
			return fmt.Errorf("vector of %s has no direction (norm %v)", hash, math.Sqrt(n))
		}
	}
	for _, p := range b.Puts {
		if p.Note.ID == "" {
			return errors.New("a note without an id")
		}
	}
	return nil
}

// putVectors stores the vectors whose passage is in use, at unit length. The others have nothing to answer for.
func (w *writer) putVectors(m store.Model, values map[string][]float32) error {
	if len(values) == 0 {
		return nil
	}
	model, err := w.model(m)
	if err != nil {
		return err
	}
	for _, hash := range slices.Sorted(maps.Keys(values)) {
		passage, err := w.key("SELECT key FROM passages WHERE hash = ?", hash)
		if err != nil {
			return err
		}
		if passage == 0 {
			continue
		}
		err = w.exec("INSERT INTO vectors (model, passage, data) VALUES (?, ?, ?) ON CONFLICT (passage, model) DO UPDATE SET data = excluded.data",
			model, passage, store.Seal(vectors.Encode(values[hash])))
		if err != nil {
			return err
		}
		if err := w.touchVectors(passage); err != nil {
			return err
		}
	}
	return nil
}

// HasVectors implements Store.
func (s *Store) HasVectors(ctx context.Context, digest string, hashes []string) (map[string]bool, error) {
	has := make(map[string]bool, len(hashes))
	err := s.read(ctx, "read vectors of", func(tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, `SELECT EXISTS (SELECT 1 FROM passages p JOIN vectors v ON v.passage = p.key
			JOIN models m ON m.key = v.model WHERE p.hash = ? AND m.digest = ?)`)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for _, hash := range hashes {
			var found bool
			if err := stmt.QueryRowContext(ctx, hash, digest).Scan(&found); err != nil {
				return err
			}
			if found {
				has[hash] = true
			}
		}
		return nil
	})
	return has, err
}
