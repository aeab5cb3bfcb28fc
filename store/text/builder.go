package text

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// columnWeights count an occurrence in the text, the headings, the title and the path of a chunk, in halves: 1, 1.5, 2, 1.5.
// They were measured; see search.
var columnWeights = [4]uint32{2, 3, 4, 3}

// weightUnit is the weight of one occurrence in the text.
const weightUnit = 2

// Columns are the words of a chunk as the index holds them: text, headings, title and path, separated by spaces.
type Columns [4]string

// Spaced returns the terms of a text, separated by spaces.
func Spaced(text string) string { return strings.Join(Terms(text), " ") }

// Weights counts stemmed words, and all of them.
func (c Columns) Weights() (map[string]uint32, uint32) {
	weights := map[string]uint32{}
	n := uint32(0)
	for i, text := range c {
		for term := range strings.FieldsSeq(text) {
			weights[Stem(term)] += columnWeights[i]
			n++
		}
	}
	return weights, n
}

// A Builder collects the words of the chunks that came and went, for one segment. The zero value is ready.
type Builder struct {
	list   chunkList
	terms  map[string]*builtTerm
	chunks int64
	words  int64
}

type builtTerm struct {
	chunks   int64
	postings []posting
}

func (b *Builder) term(t string) *builtTerm {
	if b.terms == nil {
		b.terms = map[string]*builtTerm{}
	}
	if b.terms[t] == nil {
		b.terms[t] = &builtTerm{}
	}
	return b.terms[t]
}

// Add takes a chunk in. Ids ascend from call to call.
func (b *Builder) Add(chunk int64, c Columns) {
	weights, length := c.Weights()
	row := uint32(len(b.list.ids))
	b.list.ids = append(b.list.ids, chunk)
	b.list.lengths = append(b.list.lengths, length)
	b.chunks++
	b.words += int64(length)
	for term, weight := range weights {
		t := b.term(term)
		t.chunks++
		t.postings = append(t.postings, posting{row, weight})
	}
}

// Remove lists a chunk of these words as a tombstone.
func (b *Builder) Remove(chunk int64, c Columns) {
	weights, length := c.Weights()
	b.list.tombstones = append(b.list.tombstones, chunk)
	b.chunks--
	b.words -= int64(length)
	for term := range weights {
		b.term(term).chunks--
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
		e := entry{term: name, chunks: t.chunks, postings: appendPostings(nil, t.postings)}
		for _, p := range t.postings {
			e.heaviest = max(e.heaviest, p.weight)
		}
		if err := out.add(e); err != nil {
			return Record{}, err
		}
	}
	r, err := out.record(b.list, b.chunks, b.words)
	*b = Builder{}
	return r, err
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
	return nil
}

func (s *segmentWriter) flushPage() error {
	if len(s.page) == 0 {
		return nil
	}
	key, err := s.pages.AddPage(seal(s.page))
	if err != nil {
		return err
	}
	s.directory = binary.AppendUvarint(s.directory, uint64(len(s.first)))
	s.directory = append(s.directory, s.first...)
	s.directory = binary.AppendUvarint(s.directory, uint64(key-s.lastKey))
	s.lastKey = key
	s.page = s.page[:0]
	return nil
}

func (s *segmentWriter) record(list chunkList, chunks, words int64) (Record, error) {
	if err := s.flushPage(); err != nil {
		return Record{}, err
	}
	return Record{
		Level:  level(len(list.ids) + len(list.tombstones)),
		Chunks: chunks, Words: words, Removed: len(list.tombstones),
		List: list.pack(), Directory: seal(s.directory),
	}, nil
}
