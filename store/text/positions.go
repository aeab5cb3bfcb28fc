package text

import "encoding/binary"

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
