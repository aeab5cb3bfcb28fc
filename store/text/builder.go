package text

import (
	"encoding/binary"
	"slices"
	"strings"

	"amalfa/store"
)

// columnWeights count an occurrence in the text, the headings, the title, the path and what is hidden of a chunk, in halves: 1, 1.5,
// 2, 1.5, 1. They were measured; see search.
var columnWeights = [5]uint32{2, 3, 4, 3, weightUnit}

// weightUnit is the weight of one occurrence in the text.
const weightUnit = 2

// Columns are the words of a chunk as the index holds them: text, headings, title, path, and what readers do not see, separated by
// spaces.
type Columns [5]string

// Spaced returns the terms of a text, separated by spaces.
func Spaced(text string) string { return strings.Join(Terms(text), " ") }

// A Builder collects the words of the chunks that came and went, for one segment. The zero value is ready.
type Builder struct {
	list    chunkList
	added   []Document // of list.ids
	removed []Document // of list.tombstones
}

// Add adds a chunk. Ids ascend from call to call.
func (b *Builder) Add(chunk int64, d Document) {
	b.list.ids = append(b.list.ids, chunk)
	b.list.lengths = append(b.list.lengths, d.words)
	b.added = append(b.added, d)
}

// Remove lists a chunk of these words as a tombstone.
func (b *Builder) Remove(chunk int64, d Document) {
	b.list.tombstones = append(b.list.tombstones, chunk)
	b.removed = append(b.removed, d)
}

// Empty tells whether there is nothing to build.
func (b *Builder) Empty() bool { return len(b.list.ids)+len(b.list.tombstones) == 0 }

// Built is a segment whose pages have no keys yet.
type Built struct {
	list          chunkList
	chunks, words int64
	pages         []builtPage
}

// Build makes the pages of the segment, and empties the builder. It needs no index.
func (b *Builder) Build() *Built {
	built := &Built{list: b.list, chunks: int64(len(b.added) - len(b.removed))}
	slices.Sort(built.list.tombstones)
	for _, d := range b.added {
		built.words += int64(d.words)
	}
	for _, d := range b.removed {
		built.words -= int64(d.words)
	}
	out := segmentWriter{put: func(p builtPage) error { built.pages = append(built.pages, p); return nil }}
	for _, t := range invert(b.added, b.removed) {
		_ = out.add(newEntry(t.name, t.chunks, t.postings, t.positions)) // put has no error
	}
	_ = out.flushPage()
	*b = Builder{}
	return built
}

// Write stores the pages.
func (b *Built) Write(pages Pages) (Record, error) {
	out := keyedPages{pages: pages}
	for _, p := range b.pages {
		if err := out.put(p); err != nil {
			return Record{}, err
		}
	}
	return out.record(b.list, b.chunks, b.words), nil
}

// newEntry encodes an entry from its postings and their positions, one after another.
func newEntry(term string, chunks int64, postings []posting, positions []byte) entry {
	e := entry{term: term, chunks: chunks,
		postings:  appendPostings(make([]byte, 0, 3*len(postings)+2), postings),
		positions: appendPositionBlocks(make([]byte, 0, len(positions)+1+len(positions)/blockSize), positions)}
	for _, p := range postings {
		e.heaviest = max(e.heaviest, p.weight)
	}
	return e
}

// Pages stores sealed pages of entries.
type Pages interface {
	// AddPage returns the key of a new page; keys ascend.
	AddPage(data []byte) (key int64, err error)
	// ReadPage returns a page as it was added.
	ReadPage(key int64) ([]byte, error)
}

// Record is a segment as it is stored, but for its pages.
type Record struct {
	Level         int
	Chunks, Words int64  // added less removed
	Removed       int    // chunks of other segments that are gone
	List          []byte // which chunks, sealed
	Directory     []byte // first term and key of each page, sealed
}

// builtPage is a page of entries and the page of their positions, both sealed.
type builtPage struct {
	first              string // term
	entries, positions []byte
}

// A segmentWriter makes pages of a segment's entries, in order of their terms.
type segmentWriter struct {
	put       func(builtPage) error
	page      []byte
	positions []byte // of the page's entries
	first     string // term of the page
}

func (s *segmentWriter) add(e entry) error {
	if e.chunks == 0 && len(e.postings) == 0 {
		return nil
	}
	if len(s.page)+len(e.postings) > pageSize {
		if err := s.flushPage(); err != nil {
			return err
		}
	}
	if len(s.page) == 0 {
		s.first = e.term
	}
	s.page = e.append(s.page)
	s.positions = appendBytes(s.positions, e.positions)
	return nil
}

func (s *segmentWriter) flushPage() error {
	if len(s.page) == 0 {
		return nil
	}
	p := builtPage{s.first, store.Seal(s.page), store.Seal(s.positions)}
	s.page, s.positions = make([]byte, 0, len(s.page)), make([]byte, 0, len(s.positions))
	return s.put(p)
}

// keyedPages stores pages and remembers where.
type keyedPages struct {
	pages     Pages
	directory []byte
	lastKey   int64
}

func (k *keyedPages) put(p builtPage) error {
	key, err := k.pages.AddPage(p.entries)
	if err != nil {
		return err
	}
	positions, err := k.pages.AddPage(p.positions)
	if err != nil {
		return err
	}
	k.directory = appendBytes(k.directory, []byte(p.first))
	k.directory = binary.AppendUvarint(k.directory, uint64(key-k.lastKey))
	k.directory = binary.AppendUvarint(k.directory, uint64(positions-key))
	k.lastKey = positions
	return nil
}

func (k *keyedPages) record(list chunkList, chunks, words int64) Record {
	return Record{
		Level:  level(len(list.ids) + len(list.tombstones)),
		Chunks: chunks, Words: words, Removed: len(list.tombstones),
		List: list.pack(), Directory: store.Seal(k.directory),
	}
}
