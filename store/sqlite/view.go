package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"amalfa/store"
	"amalfa/store/vectors"
)

// views keeps the newest view. Safe for concurrent use.
type views struct {
	mu     sync.Mutex
	newest *vectors.Snapshot
}

// View implements Store. The first call maps the file beside the index, or makes it; later ones read what changed since.
func (s *Store) View(ctx context.Context, digest string) (store.View, error) {
	v, err := s.snapshot(ctx, digest)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (s *Store) snapshot(ctx context.Context, digest string) (*vectors.Snapshot, error) {
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	var out *vectors.Snapshot
	err := s.read(ctx, "read vectors of", func(tx *sql.Tx) (err error) {
		out, err = s.view(ctx, tx, digest)
		return err
	})
	if err == nil {
		s.views.newest = out
	}
	return out, err
}

func (s *Store) view(ctx context.Context, tx *sql.Tx, digest string) (*vectors.Snapshot, error) {
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
	known := s.views.newest
	if known != nil && known.Damaged() {
		v, err := readView(ctx, tx, m, generation)
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
	return s.makeView(ctx, tx, m, generation)
}

// follow returns the snapshot with what changed since; ok is false when that is too much or unknown.
func follow(ctx context.Context, tx *sql.Tx, known *vectors.Snapshot, model, generation int64) (next *vectors.Snapshot, ok bool, err error) {
	ids, ok, err := changedVectors(ctx, tx, known.Generation)
	if err != nil || !ok || !known.CanFollow(len(ids)) {
		return nil, false, err
	}
	next = known.Without(ids, generation)
	rows, err := tx.QueryContext(ctx, `SELECT c.id, v.data FROM chunks c JOIN vectors v ON v.passage = c.passage AND v.model = ?
		WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id`, model, idsJSON(ids))
	values := make([]float32, known.Model.Dim)
	err = each(rows, err, func(rows *sql.Rows) error {
		var id int64
		var blob sql.RawBytes
		if err := rows.Scan(&id, &blob); err != nil {
			return err
		}
		err := vectors.Decode(values, blob)
		next.Add(id, values)
		return err
	})
	return next, true, err
}

// makeView reads all vectors, and leaves them in the file for the next reader where it can be written.
func (s *Store) makeView(ctx context.Context, tx *sql.Tx, m store.Model, generation int64) (*vectors.Snapshot, error) {
	v, err := readView(ctx, tx, m, generation)
	if err != nil || v.Len() == 0 || s.vectorFile(v.Model).Write(v) != nil {
		return v, err // a folder that takes no file costs memory, no answer
	}
	if mapped := s.vectorFile(m).Map(m); mapped != nil && mapped.Generation == generation {
		return mapped, nil
	}
	return v, nil
}

// readView reads all vectors into memory.
func readView(ctx context.Context, tx *sql.Tx, m store.Model, generation int64) (*vectors.Snapshot, error) {
	all, err := allVectors(ctx, tx, m.Digest)
	if err != nil {
		return nil, err
	}
	return vectors.New(m, generation, all.IDs, all.Data), nil
}
