package text

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"amalfa/store"
)

// Segment is the words of some chunks.
type Segment struct {
	Key           int64
	Chunks, Words int64 // added less removed
	list          chunkList
	directory     directory
}

// ReadSegment decodes a segment. It returns ErrCorrupt when a part does not match its checksum.
func ReadSegment(key, chunks, words int64, list, dir []byte) (*Segment, error) {
	s := &Segment{Key: key, Chunks: chunks, Words: words}
	var err error
	if s.list, err = unpackChunks(list); err != nil {
		return nil, err
	}
	s.directory, err = unpackDirectory(dir)
	return s, err
}

// Pages are the keys of the segment's pages, ascending.
func (s *Segment) Pages() []int64 {
	var keys []int64
	for _, p := range s.directory.pages {
		keys = append(keys, p.entries, p.positions)
	}
	return keys
}

// check reads the pages.
func (s *Segment) check(ctx context.Context, src Source) error {
	if counted := int64(len(s.list.ids) - len(s.list.tombstones)); s.Chunks != counted {
		return fmt.Errorf("%w: words of %d chunks, and their segment counts %d", store.ErrCorrupt, counted, s.Chunks)
	}
	for i, keys := range s.directory.pages {
		page, err := src.Page(ctx, keys.entries)
		if err != nil {
			return err
		}
		positions, err := src.Page(ctx, keys.positions)
		if err != nil {
			return err
		}
		if first := (&reader{page}).bytes(); string(first) != s.directory.firsts[i] || (len(positions) == 0) != (len(page) == 0) {
			return fmt.Errorf("%w: a page of words starts with %q, not with %q", store.ErrCorrupt, first, s.directory.firsts[i])
		}
	}
	return nil
}

// Words are kept in segments. A segment never changes: an Apply writes a new one with the chunks it added and the chunks it
// removed, and merges small ones into larger. So a chunk that stands in one segment may have a tombstone in another.

// chunkList is which chunks a segment holds and which it removes from others. Both lists ascend.
type chunkList struct {
	ids        []int64
	lengths    []uint32 // words of each chunk, all columns
	tombstones []int64
}

// pack gives the blob of a list, with a checksum at its end.
func (l chunkList) pack() []byte {
	data := appendAscending(nil, l.ids)
	for _, n := range l.lengths {
		data = binary.AppendUvarint(data, uint64(n))
	}
	return store.Seal(appendAscending(data, l.tombstones))
}

func unpackChunks(data []byte) (chunkList, error) {
	var l chunkList
	body, err := store.Unseal(data)
	if err != nil {
		return l, err
	}
	r := reader{body}
	l.ids = r.ascending()
	l.lengths = make([]uint32, len(l.ids))
	for i := range l.lengths {
		l.lengths[i] = uint32(r.number())
	}
	l.tombstones = r.ascending()
	return l, nil
}

func appendAscending(dst []byte, ids []int64) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(ids)))
	before := int64(0)
	for _, id := range ids {
		dst = binary.AppendUvarint(dst, uint64(id-before))
		before = id
	}
	return dst
}

// entry is what a segment knows of one term.
type entry struct {
	term     string
	chunks   int64  // chunks that hold the term, less the removed ones that did; may be negative
	heaviest uint32 // greatest weight in the list
	postings []byte
	// positions of the postings, in blocks; not of an entry that was only looked up
	positions []byte
}

// pageSize is the size at which a page of entries ends. A longer list has a page of its own.
const pageSize = 32 << 10

func (e entry) append(page []byte) []byte {
	page = appendBytes(page, []byte(e.term))
	page = binary.AppendVarint(page, e.chunks)
	page = binary.AppendUvarint(page, uint64(e.heaviest))
	return appendBytes(page, e.postings)
}

// appendBytes appends the length of some bytes and the bytes.
func appendBytes(dst, data []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(data))), data...)
}

// decodeEntries reads an unsealed page, in order of the terms.
func decodeEntries(page []byte) []entry {
	var list []entry
	for r := (reader{page}); len(r.data) > 0; {
		list = append(list, entry{term: string(r.bytes()), chunks: r.signed(), heaviest: uint32(r.number()), postings: r.bytes()})
	}
	return list
}

// lookup finds a term in an unsealed page, and its place there. Without it the entry is empty.
func lookup(page []byte, term string) (int, entry) {
	n := 0
	for r := (reader{page}); len(r.data) > 0; n++ {
		name := r.bytes()
		e := entry{chunks: r.signed(), heaviest: uint32(r.number()), postings: r.bytes()}
		if string(name) >= term {
			if e.term = string(name); e.term == term {
				return n, e
			}
			break
		}
	}
	return n, entry{}
}

// A reader decodes unsealed bytes from their start. Past the end it gives zeros.
type reader struct{ data []byte }

func (r *reader) number() uint64 {
	v, n := binary.Uvarint(r.data)
	r.skip(n)
	return v
}

func (r *reader) signed() int64 {
	v, n := binary.Varint(r.data)
	r.skip(n)
	return v
}

func (r *reader) skip(n int) {
	if n <= 0 {
		n = len(r.data)
	}
	r.data = r.data[n:]
}

// bytes decodes a length and that many bytes.
func (r *reader) bytes() []byte {
	n := min(r.number(), uint64(len(r.data)))
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) ascending() []int64 {
	n := min(r.number(), uint64(len(r.data))) // each takes a byte at least
	ids := make([]int64, n)
	at := int64(0)
	for i := range ids {
		at += int64(r.number())
		ids[i] = at
	}
	return ids
}

// directory is where the pages of a segment are.
type directory struct {
	firsts []string
	pages  []pageKeys
}

// pageKeys are the keys of a page of entries and of the page of their positions.
type pageKeys struct{ entries, positions int64 }

func unpackDirectory(data []byte) (directory, error) {
	var d directory
	body, err := store.Unseal(data)
	if err != nil {
		return d, err
	}
	key := int64(0)
	for r := (reader{body}); len(r.data) > 0; {
		d.firsts = append(d.firsts, string(r.bytes()))
		entries := key + int64(r.number())
		key = entries + int64(r.number())
		d.pages = append(d.pages, pageKeys{entries, key})
	}
	return d, nil
}

// find returns the place of the page that would hold a term, or -1.
func (d directory) find(term string) int {
	i, exact := slices.BinarySearch(d.firsts, term)
	if !exact {
		i--
	}
	return i
}

// page returns the keys of the page that would hold a term.
func (d directory) page(term string) (pageKeys, bool) {
	i := d.find(term)
	if i < 0 {
		return pageKeys{}, false
	}
	return d.pages[i], true
}
