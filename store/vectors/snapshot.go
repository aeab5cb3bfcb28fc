// Package vectors keeps the vectors of an index for comparing: in memory or in a file that processes map together, with codes
// by which rows are compared roughly, and a checksum for each row. It knows no database.
package vectors

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"amalfa/store"
)

// Snapshot is all vectors of one model at one generation: a base, which may lie in a file that other processes map too, the
// delta of what came after the base was made, and tombstones of what went. It never changes once it is in use, and is then safe for
// concurrent use.
type Snapshot struct {
	Model      store.Model
	Generation int64
	base       *table
	delta      table          // ids in no order
	deltaRow   map[int64]int  // chunk → row of delta
	tombstones map[int64]bool // chunks whose row of base no longer counts
}

// New returns a snapshot in memory. Row i of data, of m.Dim numbers and unit length, is the vector of chunk ids[i]; ids ascend.
func New(m store.Model, generation int64, ids []int64, data []float32) *Snapshot {
	return &Snapshot{Model: m, Generation: generation, base: &table{dim: m.Dim, ids: ids, data: data, codes: codesOf(data, m.Dim)}}
}

// table is rows of vectors.
type table struct {
	dim       int
	ids       []int64
	data      []float32
	codes     []uint64
	checksums *checksums // nil in memory
	file      *mapping   // keeps data mapped; nil in memory
}

// row returns a vector, or nil when it does not match its checksum.
func (t *table) row(i int) []float32 {
	row := t.data[i*t.dim : (i+1)*t.dim]
	if t.checksums != nil && !t.checksums.match(i, row) {
		return nil
	}
	return row
}

// Damaged tells whether a row was found that does not match its checksum. The vectors are then to be read anew from the index.
func (v *Snapshot) Damaged() bool { return v.base.checksums != nil && v.base.checksums.mismatch.Load() }

// Mapped tells whether the base lies in a file.
func (v *Snapshot) Mapped() bool { return v.base.file != nil }

// Len is the number of chunks with a vector.
func (v *Snapshot) Len() int { return len(v.base.ids) - len(v.tombstones) + len(v.delta.ids) }

// row returns the vector of a chunk, if it has one.
func (v *Snapshot) row(chunk int64) ([]float32, bool) {
	if row, ok := v.deltaRow[chunk]; ok {
		return v.delta.row(row), true
	}
	row, ok := slices.BinarySearch(v.base.ids, chunk)
	if !ok || v.tombstones[chunk] {
		return nil, false
	}
	values := v.base.row(row)
	return values, values != nil
}

// deltaShare is the part of a snapshot that may have changed since its base was made, one in so many, and deltaLeast how many may
// always have: following 1,000 changes takes some milliseconds.
const (
	deltaShare = 16
	deltaLeast = 1000
)

// CanFollow tells whether so many changes leave the base worth keeping.
func (v *Snapshot) CanFollow(changes int) bool {
	return changes+len(v.delta.ids)+len(v.tombstones) <= max(deltaLeast, len(v.base.ids)/deltaShare)
}

// Without returns a snapshot of a later generation that lacks the vectors of some chunks, ready for Add.
func (v *Snapshot) Without(chunks []int64, generation int64) *Snapshot {
	next := &Snapshot{
		Model: v.Model, Generation: generation, base: v.base, delta: table{dim: v.Model.Dim}, deltaRow: map[int64]int{},
		tombstones: map[int64]bool{},
	}
	maps.Copy(next.tombstones, v.tombstones)
	changed := make(map[int64]bool, len(chunks))
	for _, id := range chunks {
		changed[id] = true
		if _, ok := slices.BinarySearch(v.base.ids, id); ok {
			next.tombstones[id] = true
		}
	}
	for row, id := range v.delta.ids {
		if !changed[id] {
			next.Add(id, v.delta.row(row))
		}
	}
	return next
}

// Add adds a vector to the delta of a snapshot that is not yet in use.
func (v *Snapshot) Add(chunk int64, values []float32) {
	v.deltaRow[chunk] = len(v.delta.ids)
	v.delta.ids = append(v.delta.ids, chunk)
	v.delta.data = append(v.delta.data, values...)
}

// checksums compares the rows of a file with their checksums, each when it is first read: a question reads a few thousand rows of a
// million. Safe for concurrent use.
type checksums struct {
	sums     []uint32
	verified []atomic.Uint32 // a bit for each row that was found to match
	mismatch atomic.Bool
}

func newChecksums(sums []uint32) *checksums {
	return &checksums{sums: sums, verified: make([]atomic.Uint32, (len(sums)+31)/32)}
}

// match tells whether the values of a row are those that were written.
func (c *checksums) match(row int, values []float32) bool {
	word, bit := &c.verified[row/32], uint32(1)<<(row%32)
	if word.Load()&bit != 0 {
		return true
	}
	if store.Checksum(rawBytes(values)) != c.sums[row] {
		c.mismatch.Store(true)
		return false
	}
	word.Or(bit)
	return true
}

// sumsOf returns the checksum of each row.
func sumsOf(data []float32, dim int) []uint32 {
	sums := make([]uint32, len(data)/dim)
	for row := range sums {
		sums[row] = store.Checksum(rawBytes(data[row*dim : (row+1)*dim]))
	}
	return sums
}

// SquaredNorm is the squared length; NaN or +Inf when a value is.
func SquaredNorm(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum
}

// Unit returns a vector at unit length. One that is within rounding of it is returned as it is.
func Unit(v []float32) []float32 {
	n := math.Sqrt(SquaredNorm(v))
	if math.Abs(n-1) <= 1e-4 {
		return v
	}
	scale := float32(1 / n)
	scaled := make([]float32, len(v))
	for i, x := range v {
		scaled[i] = x * scale
	}
	return scaled
}

// Encode gives the blob of a vector at unit length.
func Encode(v []float32) []byte {
	data := make([]byte, 4*len(v))
	for i, x := range Unit(v) {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(x))
	}
	return data
}

// Decode reads what Encode wrote into dst, of the model's dimension. It returns ErrCorrupt for a blob of another length.
func Decode(dst []float32, data []byte) error {
	if len(data) != 4*len(dst) {
		return fmt.Errorf("%w: a vector of %d bytes, want %d", store.ErrCorrupt, len(data), 4*len(dst))
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return nil
}
