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
			model, passage, vectors.Encode(values[hash]))
		if err != nil {
			return err
		}
		if err := w.touchVectors(passage); err != nil {
			return err
		}
	}
	return nil
}

// Vectors implements Store.
func (s *Store) Vectors(ctx context.Context, digest string) (*store.Vectors, error) {
	var out *store.Vectors
	err := s.read(ctx, "read vectors of", func(tx *sql.Tx) (err error) {
		out, err = allVectors(ctx, tx, digest)
		return err
	})
	return out, err
}

// allVectors reads both tables in order of their keys and joins in memory: 100,000 vectors by an SQL join are 100,000 look-ups.
func allVectors(ctx context.Context, tx *sql.Tx, digest string) (*store.Vectors, error) {
	out := &store.Vectors{}
	var key int64
	err := tx.QueryRowContext(ctx, "SELECT key, digest, name, dim FROM models WHERE digest = ?", digest).
		Scan(&key, &out.Model.Digest, &out.Model.Name, &out.Model.Dim)
	if errors.Is(err, sql.ErrNoRows) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	rowOf, data, err := readVectors(ctx, tx, key, out.Model.Dim)
	if err != nil {
		return nil, err
	}
	return out, join(ctx, tx, out, rowOf, data)
}

// readVectors returns each passage's row in data.
func readVectors(ctx context.Context, tx *sql.Tx, model int64, dim int) (map[int64]int, []float32, error) {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM vectors WHERE model = ?", model).Scan(&n); err != nil {
		return nil, nil, err
	}
	rowOf, data := make(map[int64]int, n), make([]float32, n*dim)
	rows, err := tx.QueryContext(ctx, "SELECT passage, data FROM vectors NOT INDEXED WHERE model = ?", model)
	err = each(rows, err, func(rows *sql.Rows) error {
		var passage int64
		var blob sql.RawBytes
		if err := rows.Scan(&passage, &blob); err != nil {
			return err
		}
		row := len(rowOf)
		rowOf[passage] = row
		return vectors.Decode(data[row*dim:(row+1)*dim], blob)
	})
	return rowOf, data, err
}

// join lays the vectors out by chunk. Chunks with equal text have equal rows.
func join(ctx context.Context, tx *sql.Tx, v *store.Vectors, rowOf map[int64]int, data []float32) error {
	dim := v.Model.Dim
	v.IDs, v.Data = make([]int64, 0, len(rowOf)), make([]float32, 0, len(data))
	rows, err := tx.QueryContext(ctx, "SELECT id, passage FROM chunks NOT INDEXED ORDER BY id")
	return each(rows, err, func(rows *sql.Rows) error {
		var id, passage int64
		if err := rows.Scan(&id, &passage); err != nil {
			return err
		}
		if row, ok := rowOf[passage]; ok {
			v.IDs = append(v.IDs, id)
			v.Data = append(v.Data, data[row*dim:(row+1)*dim]...)
		}
		return nil
	})
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
