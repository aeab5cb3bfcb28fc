package vectors

import (
	"sync/atomic"

	"amalfa/store"
)

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
