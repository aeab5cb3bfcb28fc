package text

import (
	"encoding/binary"
	"math"
)

// A posting says how heavily a term weighs in one chunk of a segment.
type posting struct {
	doc    uint32 // row of the chunk in its segment
	weight uint32 // occurrences, each counted by its column; see columnWeights
}

// blockSize is the number of postings that a reader can step over at once.
const blockSize = 128

// noDoc is after every row.
const noDoc = math.MaxUint32

// appendPostings encodes a list in blocks: how far the last row of the block is from that of the block before, the length in
// bytes, then each row as its distance from the one before, with its weight. Numbers are varints.
func appendPostings(dst []byte, list []posting) []byte {
	before := uint32(0)
	var room [4 * blockSize]byte // of most blocks, on the stack
	body := room[:0]
	for len(list) > 0 {
		block := list[:min(blockSize, len(list))]
		list = list[len(block):]
		body = body[:0]
		at := before
		for _, p := range block {
			body = binary.AppendUvarint(body, uint64(p.doc-at))
			body = binary.AppendUvarint(body, uint64(p.weight))
			at = p.doc
		}
		dst = binary.AppendUvarint(dst, uint64(at-before))
		dst = binary.AppendUvarint(dst, uint64(len(body)))
		dst = append(dst, body...)
		before = at
	}
	return dst
}

// A cursor walks a list of postings. It stands on doc, or on noDoc at the end. Damaged bytes end the list: pages carry a
// checksum, so that none get here.
type cursor struct {
	data   []byte // from the next block's header
	block  []byte // rest of this block
	before uint32 // last row of the block before the next one
	doc    uint32
	weight uint32
}

func newCursor(data []byte) *cursor {
	c := &cursor{data: data}
	c.next()
	return c
}

// next steps to the next posting.
func (c *cursor) next() {
	if len(c.block) < 2 && !c.load(0) {
		c.doc = noDoc
		return
	}
	// Nearly all numbers are one byte.
	if c.block[0] < 0x80 && c.block[1] < 0x80 {
		c.doc += uint32(c.block[0])
		c.weight = uint32(c.block[1])
		c.block = c.block[2:]
		return
	}
	c.doc += c.number()
	c.weight = c.number()
}

func (c *cursor) number() uint32 {
	v, n := binary.Uvarint(c.block)
	if n <= 0 {
		c.block, c.data = nil, nil
		return noDoc - c.doc
	}
	c.block = c.block[n:]
	return uint32(v)
}

// load opens the next block whose last row is at least doc.
func (c *cursor) load(doc uint32) bool {
	for {
		gap, n := binary.Uvarint(c.data)
		if n <= 0 {
			return false
		}
		size, m := binary.Uvarint(c.data[n:])
		if m <= 0 || size > uint64(len(c.data)-n-m) {
			return false
		}
		body := c.data[n+m : n+m+int(size)]
		c.data = c.data[n+m+int(size):]
		first := c.before
		c.before += uint32(gap)
		if c.before >= doc && len(body) >= 2 {
			c.doc, c.block = first, body
			return true
		}
	}
}

// seek steps to the first posting at doc or after it, over whole blocks where it can.
func (c *cursor) seek(doc uint32) {
	if c.doc >= doc {
		return
	}
	if c.before < doc {
		if !c.load(doc) {
			c.doc, c.block = noDoc, nil
			return
		}
		c.next()
	}
	for c.doc < doc {
		c.next()
	}
}

// Positions say where in a chunk a term stands: words are counted through all columns, with a gap after each, so that no phrase
// leads from one into the next. They lie apart from the postings, in a page of their own beside each page of entries: BM25 needs
// none. The list of a term goes through its postings in order; one posting's positions are varints, each the distance from the one
// before, doubled, plus 1 when another follows. blockSize postings make a block, with its length in bytes before it.

// appendPositions encodes the positions of one posting.
func appendPositions(dst []byte, positions []uint32) []byte {
	before := uint32(0)
	for i, p := range positions {
		v := uint64(p-before) << 1
		if i < len(positions)-1 {
			v |= 1
		}
		dst = binary.AppendUvarint(dst, v)
		before = p
	}
	return dst
}

// decodePositions reads the positions of one posting into dst, and returns what follows them.
func decodePositions(dst []uint32, data []byte) (positions []uint32, rest []byte) {
	at := uint32(0)
	for {
		v, n := binary.Uvarint(data)
		if n <= 0 {
			return dst, nil
		}
		data = data[n:]
		at += uint32(v >> 1)
		dst = append(dst, at)
		if v&1 == 0 {
			return dst, data
		}
	}
}

// skipPositions is the length of the positions of one posting.
func skipPositions(data []byte) int {
	// In the last byte of a varint the high bit is 0; in its first the low bit tells whether another number follows.
	for i := 0; i < len(data); i++ {
		last := data[i]&1 == 0
		for i < len(data) && data[i] >= 0x80 {
			i++
		}
		if last {
			return min(i+1, len(data))
		}
	}
	return len(data)
}

// appendPositionBlocks encodes the list of a term from the positions of its postings, one after another.
func appendPositionBlocks(dst, positions []byte) []byte {
	for len(positions) > 0 {
		size := 0
		for n := 0; n < blockSize && size < len(positions); n++ {
			size += skipPositions(positions[size:])
		}
		dst = binary.AppendUvarint(dst, uint64(size))
		dst = append(dst, positions[:size]...)
		positions = positions[size:]
	}
	return dst
}

// positionCursor walks the positions of a term, forward only.
type positionCursor struct {
	data  []byte // from the next block's length
	block []byte // rest of this block
	next  int    // posting at the start of block
	after int    // first posting of the next block
}

// at returns the encoded positions of a posting, given by its place in the list.
func (c *positionCursor) at(posting int) []byte {
	for posting >= c.after {
		r := reader{c.data}
		c.block = r.bytes()
		c.data = r.data
		c.next, c.after = c.after, c.after+blockSize
	}
	for ; c.next < posting; c.next++ {
		c.block = c.block[skipPositions(c.block):]
	}
	return c.block
}
