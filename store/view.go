package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"sync"
)

// View is all vectors of one model as they are at one moment. It never changes; it may lie in a file that other processes map
// too. Safe for concurrent use.
type View struct {
	Model      Model
	generation int64
	base       *table
	late       table          // what came after base was made; ids in no order
	lateRow    map[int64]int  // row in late
	gone       map[int64]bool // rows of base that no longer count, by chunk
}

// table is rows of vectors.
type table struct {
	dim   int
	ids   []int64
	data  []float32
	codes []uint64
	proof *proof   // nil in memory
	file  *mapping // keeps data mapped; nil in memory
}

// row returns a vector, or nil when it does not match its checksum.
func (t *table) row(i int) []float32 {
	row := t.data[i*t.dim : (i+1)*t.dim]
	if t.proof != nil && !t.proof.holds(i, row) {
		return nil
	}
	return row
}

// Part is a stretch of a View: row i is the vector of chunk IDs[i], unless Gone tells otherwise.
type Part struct {
	IDs []int64
	// Codes are two bits for each number, by which rows can be compared roughly: (Model.Dim+63)/64 words of high bits for each
	// row, and then as many of low ones; see codesOf. Nil when there are none.
	Codes []uint64
	table *table
	gone  map[int64]bool
}

// Gone tells whether a row no longer counts.
func (p Part) Gone(row int) bool { return len(p.gone) > 0 && p.gone[p.IDs[row]] }

// Row returns a vector of unit length, or nil when the file holds it no more as it was written; see [View.Damaged].
func (p Part) Row(row int) []float32 { return p.table.row(row) }

// Parts returns the stretches of the view. They are valid as long as the view is reachable.
func (v *View) Parts() []Part {
	parts := []Part{{v.base.ids, v.base.codes, v.base, v.gone}}
	if len(v.late.ids) > 0 {
		parts = append(parts, Part{IDs: v.late.ids, table: &v.late})
	}
	return parts
}

// Damaged tells whether a row was found that does not match its checksum. The next call of Store.View makes the file again.
func (v *View) Damaged() bool { return v.base.proof != nil && v.base.proof.broken.Load() }

// Len is the number of chunks with a vector.
func (v *View) Len() int { return len(v.base.ids) - len(v.gone) + len(v.late.ids) }

// Row returns the vector of a chunk, if it has one.
func (v *View) Row(chunk int64) ([]float32, bool) {
	if row, ok := v.lateRow[chunk]; ok {
		return v.late.row(row), true
	}
	row, ok := slices.BinarySearch(v.base.ids, chunk)
	if !ok || v.gone[chunk] {
		return nil, false
	}
	values := v.base.row(row)
	return values, values != nil
}

// views keeps the newest view. Safe for concurrent use.
type views struct {
	mu     sync.Mutex
	newest *View
}

// View implements Store. The first call maps the file beside the index, or makes it; later ones read what changed since.
func (s *SQLite) View(ctx context.Context, digest string) (*View, error) {
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	var out *View
	err := s.read(ctx, "read vectors of", func(tx *sql.Tx) (err error) {
		out, err = s.view(ctx, tx, digest)
		return err
	})
	if err == nil {
		s.views.newest = out
	}
	return out, err
}

func (s *SQLite) view(ctx context.Context, tx *sql.Tx, digest string) (*View, error) {
	var key, generation int64
	m := Model{Digest: digest}
	err := tx.QueryRowContext(ctx, "SELECT key, models.name, dim, value FROM models, meta WHERE digest = ? AND meta.name = 'generation'", digest).
		Scan(&key, &m.Name, &m.Dim, &generation)
	if errors.Is(err, sql.ErrNoRows) {
		return &View{Model: m, base: &table{}}, nil
	}
	if err != nil {
		return nil, err
	}
	known := s.views.newest
	if known != nil && known.Damaged() {
		v, err := readView(ctx, tx, m, generation)
		if err == nil {
			_ = s.writeView(v) // for others: this process trusts its memory more than that disk
		}
		return v, err
	}
	if known == nil || known.Model != m {
		known = s.mapView(m)
	}
	if known != nil && known.generation == generation {
		return known, nil
	}
	if known != nil && known.generation < generation {
		v, ok, err := known.follow(ctx, tx, key, generation)
		if err != nil || ok {
			return v, err
		}
	}
	return s.makeView(ctx, tx, m, generation)
}

// lateShare is the part of a view that may have changed since its file was made, one in so many, and lateLeast how many may
// always have: following 1,000 changes takes some milliseconds.
const (
	lateShare = 16
	lateLeast = 1000
)

// follow returns the view with what changed since; ok is false when that is too much or unknown.
func (v *View) follow(ctx context.Context, tx *sql.Tx, model, generation int64) (next *View, ok bool, err error) {
	ids, ok, err := changedVectors(ctx, tx, v.generation)
	if err != nil || !ok || len(ids)+len(v.late.ids)+len(v.gone) > max(lateLeast, len(v.base.ids)/lateShare) {
		return nil, false, err
	}
	next = &View{Model: v.Model, generation: generation, base: v.base, late: table{dim: v.Model.Dim}, lateRow: map[int64]int{}, gone: maps.Clone(v.gone)}
	if next.gone == nil {
		next.gone = map[int64]bool{}
	}
	changed := make(map[int64]bool, len(ids))
	for _, id := range ids {
		changed[id] = true
		if _, ok := slices.BinarySearch(v.base.ids, id); ok {
			next.gone[id] = true
		}
	}
	for row, id := range v.late.ids {
		if !changed[id] {
			next.addLate(id, v.late.row(row))
		}
	}
	rows, err := tx.QueryContext(ctx, `SELECT c.id, v.data FROM chunks c JOIN vectors v ON v.passage = c.passage AND v.model = ?
		WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id`, model, idsJSON(ids))
	values := make([]float32, v.Model.Dim)
	err = each(rows, err, func(rows *sql.Rows) error {
		var id int64
		var blob sql.RawBytes
		if err := rows.Scan(&id, &blob); err != nil {
			return err
		}
		err := decode(values, blob)
		next.addLate(id, values)
		return err
	})
	return next, true, err
}

func (v *View) addLate(id int64, values []float32) {
	v.lateRow[id] = len(v.late.ids)
	v.late.ids = append(v.late.ids, id)
	v.late.data = append(v.late.data, values...)
}

// makeView reads all vectors, and leaves them in the file for the next reader where it can be written.
func (s *SQLite) makeView(ctx context.Context, tx *sql.Tx, m Model, generation int64) (*View, error) {
	v, err := readView(ctx, tx, m, generation)
	if err != nil || len(v.base.ids) == 0 || s.writeView(v) != nil {
		return v, err // a folder that takes no file costs memory, no answer
	}
	if mapped := s.mapView(m); mapped != nil && mapped.generation == generation {
		return mapped, nil
	}
	return v, nil
}

// readView reads all vectors into memory.
func readView(ctx context.Context, tx *sql.Tx, m Model, generation int64) (*View, error) {
	all, err := allVectors(ctx, tx, m.Digest)
	if err != nil {
		return nil, err
	}
	return &View{Model: m, generation: generation, base: &table{
		dim: m.Dim, ids: all.IDs, data: all.Data, codes: codesOf(all.Data, m.Dim),
	}}, nil
}
