package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/vectors"
)

// Vectors are float32 as SQLite has them, in a column of type vector: what comes back is what was put, bit for bit. Only an index by
// which they are found holds them as float16; see hnsw.go.

// vectorState is what a Store keeps of vectors in memory.
type vectorState struct {
	mu      sync.Mutex
	counted counted
	barred  bool // this role may build no index
}

// counted is how many chunks had a vector of a model at one generation.
type counted struct {
	digest     string
	generation int64
	n          int
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
	hashes := slices.Sorted(maps.Keys(values))
	texts := make([]string, len(hashes))
	for i, hash := range hashes {
		texts[i] = vectorText(vectors.Unit(values[hash]))
	}
	return w.exec(`INSERT INTO vectors (workspace, model, passage, data) SELECT $1, $2, p.key, n.data::vector
		FROM unnest($3::text[], $4::text[]) AS n (hash, data) JOIN passages p ON p.workspace = $1 AND p.hash = n.hash
		ON CONFLICT (model, passage) DO UPDATE SET data = excluded.data`, w.workspace, model, hashes, texts)
}

// vectorText is a vector as pgvector reads it. Each number comes back as it was.
func vectorText(v []float32) string {
	b := append(make([]byte, 0, 12*len(v)+2), '[')
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(x), 'g', -1, 32)
	}
	return string(append(b, ']'))
}

// HasVectors implements Store.
func (s *Store) HasVectors(ctx context.Context, digest string, hashes []string) (map[string]bool, error) {
	found, err := column[string](s.pool.Query(ctx, `SELECT p.hash FROM passages p JOIN vectors v ON v.passage = p.key
		JOIN models m ON m.key = v.model WHERE m.workspace = $1 AND m.digest = $2 AND p.workspace = $1 AND p.hash = ANY($3)`, s.workspace, digest, hashes))
	has := make(map[string]bool, len(found))
	for _, hash := range found {
		has[hash] = true
	}
	return has, s.wrap("read vectors of", err)
}

// CountVectors implements Store. Of a file all passages of which have their vectors it looks at the record alone, and what it counted
// it knows until the workspace changes.
func (s *Store) CountVectors(ctx context.Context, digest string) (n int, err error) {
	err = s.read(ctx, "count vectors of", func(tx pgx.Tx) error {
		generation, err := s.generationOf(ctx, tx)
		if err != nil {
			return err
		}
		s.vectorState.mu.Lock()
		known := s.counted
		s.vectorState.mu.Unlock()
		if known.digest == digest && known.generation == generation && digest != "" {
			n = known.n
			return nil
		}
		n, err = value[int](tx.Query(ctx, `SELECT (SELECT coalesce(sum(f.chunks), 0) FROM files f WHERE f.workspace = m.workspace AND f.vectors = m.key)
			+ (SELECT count(*) FROM files f JOIN notes n ON n.workspace = f.workspace AND n.id = f.id JOIN chunks c ON c.note = n.key
				JOIN vectors v ON v.model = m.key AND v.passage = c.passage
				WHERE f.workspace = m.workspace AND f.chunks > 0 AND f.vectors IS DISTINCT FROM m.key)
			FROM models m WHERE m.workspace = $1 AND m.digest = $2`, s.workspace, digest))
		if err == nil {
			s.vectorState.mu.Lock()
			s.counted = counted{digest, generation, n}
			s.vectorState.mu.Unlock()
		}
		return err
	})
	return n, err
}

// VectorsOf implements Store.
func (s *Store) VectorsOf(ctx context.Context, digest string, ids []int64) (*store.Vectors, error) {
	m, err := s.modelOf(ctx, digest)
	if err != nil || m.key == 0 {
		return &store.Vectors{Model: store.Model{Digest: digest}}, s.wrap("read vectors of", err)
	}
	out := &store.Vectors{Model: m.Model}
	query, args := "", []any{s.workspace, m.key}
	if ids != nil {
		query, args = " AND c.id = ANY($3)", append(args, ids)
		out.Data = make([]float32, 0, len(ids)*m.Dim)
	}
	// #nosec G202 -- what is put together is constants of ours; values are arguments
	rows, err := s.pool.Query(ctx, `SELECT c.id, vector_send(v.data) FROM chunks c JOIN vectors v ON v.model = $2 AND v.passage = c.passage
		WHERE c.workspace = $1`+query+" ORDER BY c.id", args...)
	err = each(rows, err, func(rows pgx.Rows) error {
		var id int64
		var data []byte
		if err := rows.Scan(&id, &data); err != nil {
			return err
		}
		out.IDs = append(out.IDs, id)
		out.Data, err = appendVector(out.Data, data, m.Dim)
		return err
	})
	return out, s.wrap("read vectors of", err)
}

// appendVector reads what vector_send gives: the dimension and 0, as 16 bits each, and the numbers, big-endian.
func appendVector(dst []float32, data []byte, dim int) ([]float32, error) {
	const head = 4
	if len(data) != head+4*dim {
		return nil, fmt.Errorf("%w: a vector of %d bytes, want %d", store.ErrCorrupt, len(data), head+4*dim)
	}
	for data = data[head:]; len(data) > 0; data = data[4:] {
		dst = append(dst, math.Float32frombits(binary.BigEndian.Uint32(data)))
	}
	return dst, nil
}
