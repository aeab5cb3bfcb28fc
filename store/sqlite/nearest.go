package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"amalfa/store"
	"amalfa/store/vectors"
)

// snapshots keeps the newest snapshot of the vectors. Safe for concurrent use.
type snapshots struct {
	mu     sync.Mutex
	newest *vectors.Snapshot
}

// Nearest implements Store.
func (s *Store) Nearest(ctx context.Context, digest string, query []float32, k int, among *store.Set) (near []store.Match, err error) {
	err = s.withVectors(ctx, digest, func(v *vectors.Snapshot) error {
		if len(query) != v.Model.Dim && v.Len() > 0 {
			return fmt.Errorf("compare a vector of %d dimensions with those of %d in %s", len(query), v.Model.Dim, s.path)
		}
		near = v.Nearest(query, k, among)
		return nil
	})
	return near, err
}

// VectorsOf implements Store.
func (s *Store) VectorsOf(ctx context.Context, digest string, ids []int64) (out *store.Vectors, err error) {
	err = s.withVectors(ctx, digest, func(v *vectors.Snapshot) error {
		out = v.Of(ids)
		return nil
	})
	return out, err
}

// CountVectors implements Store. It asks the file beside the index where that is of this generation, and reads no vector then.
func (s *Store) CountVectors(ctx context.Context, digest string) (n int, err error) {
	var generation int64
	err = s.read(ctx, "count vectors of", func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'generation'").Scan(&generation)
	})
	if err != nil {
		return 0, err
	}
	s.snapshots.mu.Lock()
	known := s.snapshots.newest
	s.snapshots.mu.Unlock()
	if known != nil && known.Model.Digest == digest && known.Generation == generation {
		return known.Len(), nil
	}
	if n, ok := s.vectorFile(store.Model{Digest: digest}).Rows(generation); ok {
		return n, nil
	}
	err = s.withVectors(ctx, digest, func(v *vectors.Snapshot) error {
		n = v.Len()
		return nil
	})
	return n, err
}

// withVectors calls fn with the vectors of a model, and again when it met a row of the file that is damaged: the vectors are then
// those of the database, in memory.
func (s *Store) withVectors(ctx context.Context, digest string, fn func(*vectors.Snapshot) error) error {
	for {
		v, err := s.vectors(ctx, digest)
		if err != nil {
			return err
		}
		if err := fn(v); err != nil || !v.Damaged() {
			return err
		}
	}
}

// vectors returns the newest snapshot. The first call maps the file beside the index, or makes it; later ones read what changed
// since.
func (s *Store) vectors(ctx context.Context, digest string) (*vectors.Snapshot, error) {
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	var out *vectors.Snapshot
	err := s.read(ctx, "read vectors of", func(tx *sql.Tx) (err error) {
		out, err = s.vectorsAt(ctx, tx, digest)
		return err
	})
	if err == nil {
		s.snapshots.newest = out
	}
	return out, err
}

func (s *Store) vectorsAt(ctx context.Context, tx *sql.Tx, digest string) (*vectors.Snapshot, error) {
	var key, generation int64
	m := store.Model{Digest: digest}
	err := tx.QueryRowContext(ctx, "SELECT key, models.name, dim, value FROM models, meta WHERE digest = ? AND meta.name = 'generation'", digest).
		Scan(&key, &m.Name, &m.Dim, &generation)
	if errors.Is(err, sql.ErrNoRows) {
		return vectors.New(m, 0, nil, nil), nil
	}
	if err != nil {
		return nil, err
	}
	known := s.snapshots.newest
	if known != nil && known.Damaged() {
		v, err := readVectors(ctx, tx, key, m, generation)
		if err == nil {
			_ = s.vectorFile(v.Model).Write(v) // for others: this process trusts its memory more than that disk
		}
		return v, err
	}
	if known == nil || known.Model != m {
		known = s.vectorFile(m).Map(m)
	}
	if known != nil && known.Generation == generation {
		return known, nil
	}
	if known != nil && known.Generation < generation {
		v, ok, err := follow(ctx, tx, known, key, generation)
		if err != nil || ok {
			return v, err
		}
	}
	return s.makeVectorFile(ctx, tx, key, m, generation)
}

// follow returns the snapshot with what changed since; ok is false when that is too much or unknown.
func follow(ctx context.Context, tx *sql.Tx, known *vectors.Snapshot, model, generation int64) (next *vectors.Snapshot, ok bool, err error) {
	ids, ok, err := changedVectors(ctx, tx, known.Generation)
	if err != nil || !ok || !known.CanFollow(len(ids)) {
		return nil, false, err
	}
	next = known.Without(ids, generation)
	rows, err := tx.QueryContext(ctx, `SELECT c.id, v.data FROM chunks c JOIN vectors v ON v.passage = c.passage AND v.model = ?
		WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id`, model, jsonList(ids))
	values := make([]float32, known.Model.Dim)
	err = each(rows, err, func(rows *sql.Rows) error {
		var id int64
		var blob sql.RawBytes
		if err := rows.Scan(&id, &blob); err != nil {
			return err
		}
		err := unsealInto(values, blob)
		next.Add(id, values)
		return err
	})
	return next, true, err
}

// makeVectorFile reads all vectors, and leaves them in the file for the next reader where it can be written.
func (s *Store) makeVectorFile(ctx context.Context, tx *sql.Tx, key int64, m store.Model, generation int64) (*vectors.Snapshot, error) {
	v, err := readVectors(ctx, tx, key, m, generation)
	if err != nil || v.Len() == 0 || s.vectorFile(v.Model).Write(v) != nil {
		return v, err // a folder that takes no file costs memory, no answer
	}
	if mapped := s.vectorFile(m).Map(m); mapped != nil && mapped.Generation == generation {
		return mapped, nil
	}
	return v, nil
}

// readVectors reads all vectors of a model, given by its key, into memory. It goes through both tables in order of their keys and
// joins them here: 100,000 vectors by an SQL join are 100,000 look-ups.
func readVectors(ctx context.Context, tx *sql.Tx, key int64, m store.Model, generation int64) (*vectors.Snapshot, error) {
	rowOf, byPassage, err := passageVectors(ctx, tx, key, m.Dim)
	if err != nil {
		return nil, err
	}
	ids, data := make([]int64, 0, len(rowOf)), make([]float32, 0, len(byPassage))
	rows, err := tx.QueryContext(ctx, "SELECT id, passage FROM chunks NOT INDEXED ORDER BY id")
	err = each(rows, err, func(rows *sql.Rows) error {
		var id, passage int64
		if err := rows.Scan(&id, &passage); err != nil {
			return err
		}
		if row, ok := rowOf[passage]; ok { // chunks with equal text have equal rows
			ids, data = append(ids, id), append(data, byPassage[row*m.Dim:(row+1)*m.Dim]...)
		}
		return nil
	})
	return vectors.New(m, generation, ids, data), err
}

// passageVectors returns each passage's row in data.
func passageVectors(ctx context.Context, tx *sql.Tx, model int64, dim int) (rowOf map[int64]int, data []float32, err error) {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM vectors WHERE model = ?", model).Scan(&n); err != nil {
		return nil, nil, err
	}
	rowOf, data = make(map[int64]int, n), make([]float32, n*dim)
	rows, err := tx.QueryContext(ctx, "SELECT passage, data FROM vectors NOT INDEXED WHERE model = ?", model)
	err = each(rows, err, func(rows *sql.Rows) error {
		var passage int64
		var blob sql.RawBytes
		if err := rows.Scan(&passage, &blob); err != nil {
			return err
		}
		row := len(rowOf)
		rowOf[passage] = row
		return unsealInto(data[row*dim:(row+1)*dim], blob)
	})
	return rowOf, data, err
}

// unsealInto reads a vector as it lies in the database. It returns ErrCorrupt when it does not match its checksum.
func unsealInto(dst []float32, sealed []byte) error {
	data, err := store.Unseal(sealed)
	if err != nil {
		return fmt.Errorf("a vector: %w", err)
	}
	return vectors.Decode(dst, data)
}
