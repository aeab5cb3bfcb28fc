package text

import (
	"encoding/binary"
	"maps"
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
	list   chunkList
	terms  map[string]*builtTerm
	chunks int64
	words  int64
}

type builtTerm struct {
	chunks    int64
	postings  []posting
	positions []byte // of the postings, one after another
}

func (b *Builder) term(t string) *builtTerm {
	if b.terms == nil {
		b.terms = map[string]*builtTerm{}
	}
	built := b.terms[t]
	if built == nil {
		built = &builtTerm{}
		b.terms[t] = built
	}
	return built
}

// Add adds a chunk. Ids ascend from call to call.
func (b *Builder) Add(chunk int64, d Document) {
	row := uint32(len(b.list.ids))
	b.list.ids = append(b.list.ids, chunk)
	b.list.lengths = append(b.list.lengths, d.words)
	b.chunks++
	b.words += int64(d.words)
	for _, u := range d.terms {
		t := b.term(u.term)
		t.chunks++
		t.postings = append(t.postings, posting{row, u.weight})
		t.positions = append(t.positions, u.positions...)
	}
}

// Remove lists a chunk of these words as a tombstone.
func (b *Builder) Remove(chunk int64, d Document) {
	b.list.tombstones = append(b.list.tombstones, chunk)
	b.chunks--
	b.words -= int64(d.words)
	for _, u := range d.terms {
		b.term(u.term).chunks--
	}
}

// Empty tells whether there is nothing to build.
func (b *Builder) Empty() bool { return len(b.list.ids)+len(b.list.tombstones) == 0 }

// Build writes the pages of the segment, and empties the builder.
func (b *Builder) Build(pages Pages) (Record, error) {
	slices.Sort(b.list.tombstones)
	out := segmentWriter{pages: pages}
	for _, name := range slices.Sorted(maps.Keys(b.terms)) {
		t := b.terms[name]
		if err := out.add(newEntry(name, t.chunks, t.postings, t.positions)); err != nil {
			return Record{}, err
		}
	}
	r, err := out.record(b.list, b.chunks, b.words)
	*b = Builder{}
	return r, err
}

// newEntry encodes an entry from its postings and their positions, one after another.
func newEntry(term string, chunks int64, postings []posting, positions []byte) entry {
	e := entry{term: term, chunks: chunks, postings: appendPostings(nil, postings), positions: appendPositionBlocks(nil, positions)}
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

// A segmentWriter writes a segment's entries, in order of their terms, page by page.
type segmentWriter struct {
	pages     Pages
	page      []byte
	positions []byte // of the page's entries
	first     string // term of the page
	directory []byte
	lastKey   int64
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
	key, err := s.pages.AddPage(store.Seal(s.page))
	if err != nil {
		return err
	}
	positions, err := s.pages.AddPage(store.Seal(s.positions))
	if err != nil {
		return err
	}
	s.directory = appendBytes(s.directory, []byte(s.first))
	s.directory = binary.AppendUvarint(s.directory, uint64(key-s.lastKey))
	s.directory = binary.AppendUvarint(s.directory, uint64(positions-key))
	s.lastKey = positions
	s.page, s.positions = s.page[:0], s.positions[:0]
	return nil
}

func (s *segmentWriter) record(list chunkList, chunks, words int64) (Record, error) {
	if err := s.flushPage(); err != nil {
		return Record{}, err
	}
	return Record{
		Level:  level(len(list.ids) + len(list.tombstones)),
		Chunks: chunks, Words: words, Removed: len(list.tombstones),
		List: list.pack(), Directory: store.Seal(s.directory),
	}, nil
}
