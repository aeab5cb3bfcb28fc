package store

import (
	"hash/crc32"
	"sync/atomic"
)

// proof holds the rows of a file against their checksums, each when it is first read: a question reads a few thousand rows of a
// million. Safe for concurrent use.
type proof struct {
	sums   []uint32
	held   []atomic.Uint32 // a bit for each row that was found to match
	broken atomic.Bool
}

func newProof(sums []uint32) *proof {
	return &proof{sums: sums, held: make([]atomic.Uint32, (len(sums)+31)/32)}
}

// holds tells whether the values of a row are those that were written.
func (p *proof) holds(row int, values []float32) bool {
	word, bit := &p.held[row/32], uint32(1)<<(row%32)
	if word.Load()&bit != 0 {
		return true
	}
	if crc32.Checksum(rawBytes(values), castagnoli) != p.sums[row] {
		p.broken.Store(true)
		return false
	}
	word.Or(bit)
	return true
}

// sumsOf returns the checksum of each row.
func sumsOf(data []float32, dim int) []uint32 {
	sums := make([]uint32, len(data)/dim)
	for row := range sums {
		sums[row] = crc32.Checksum(rawBytes(data[row*dim:(row+1)*dim]), castagnoli)
	}
	return sums
}
