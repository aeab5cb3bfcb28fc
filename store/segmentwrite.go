package store

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

// draft is the segment of the batch at hand.
type draft struct {
	list   chunkList
	terms  map[string]*draftTerm
	chunks int64
	words  int64
}

type draftTerm struct {
	chunks   int64
	postings []posting
}

func (d *draft) term(t string) *draftTerm {
	if d.terms == nil {
		d.terms = map[string]*draftTerm{}
	}
	if d.terms[t] == nil {
		d.terms[t] = &draftTerm{}
	}
	return d.terms[t]
}

// columns are the words of a chunk as the index holds them: text, headings, title and path, separated by spaces.
type columns [4]string

func (c Chunk) columns(terms noteTerms) columns {
	return columns{spaced(c.Text), spaced(strings.Join(c.Heading, "\n")), terms.names, terms.path}
}

// weights counts stemmed words, and all of them.
func (c columns) weights() (map[string]uint32, uint32) {
	weights := map[string]uint32{}
	n := uint32(0)
	for i, text := range c {
		for term := range strings.FieldsSeq(text) {
			weights[stem(term)] += columnWeights[i]
			n++
		}
	}
	return weights, n
}

// add takes a chunk in. Ids ascend from call to call.
func (d *draft) add(chunk int64, c columns) {
	weights, length := c.weights()
	row := uint32(len(d.list.ids))
	d.list.ids = append(d.list.ids, chunk)
	d.list.lengths = append(d.list.lengths, length)
	d.chunks++
	d.words += int64(length)
	for term, weight := range weights {
		t := d.term(term)
		t.chunks++
		t.postings = append(t.postings, posting{row, weight})
	}
}

// remove takes note that a chunk of these words is gone.
func (d *draft) remove(chunk int64, c columns) {
	weights, length := c.weights()
	d.list.gone = append(d.list.gone, chunk)
	d.chunks--
	d.words -= int64(length)
	for term := range weights {
		d.term(term).chunks--
	}
}

// flush writes the draft as a segment, and merges what has become too many.
func (w *writer) flush() error {
	d := &w.draft
	if len(d.list.ids)+len(d.list.gone) == 0 {
		return nil
	}
	slices.Sort(d.list.gone)
	out := segmentWriter{writer: w}
	for _, name := range slices.Sorted(maps.Keys(d.terms)) {
		t := d.terms[name]
		e := entry{term: name, chunks: t.chunks, postings: appendPostings(nil, t.postings)}
		for _, p := range t.postings {
			e.heaviest = max(e.heaviest, p.weight)
		}
		if err := out.add(e); err != nil {
			return err
		}
	}
	if err := out.finish(d.list, d.chunks, d.words); err != nil {
		return err
	}
	*d = draft{}
	return w.compact()
}

// A segmentWriter writes a segment's entries, in order of their terms, page by page.
type segmentWriter struct {
	*writer
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
		if err := s.turn(); err != nil {
			return err
		}
	}
	if len(s.page) == 0 {
		s.first = e.term
	}
	s.page = e.append(s.page)
	return nil
}

// turn writes the page.
func (s *segmentWriter) turn() error {
	if len(s.page) == 0 {
		return nil
	}
	key, err := s.insert("INSERT INTO pages (data) VALUES (?)", seal(s.page))
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

func (s *segmentWriter) finish(list chunkList, chunks, words int64) error {
	if err := s.turn(); err != nil {
		return err
	}
	_, err := s.insert("INSERT INTO segments (level, chunks, words, removed, list, directory) VALUES (?, ?, ?, ?, ?, ?)",
		level(len(list.ids)+len(list.gone)), chunks, words, len(list.gone), list.pack(), seal(s.directory))
	return err
}

// directory is where the pages of a segment are.
type directory struct {
	firsts []string
	keys   []int64
}

func unpackDirectory(data []byte) (directory, error) {
	var d directory
	body, err := unseal(data)
	if err != nil {
		return d, err
	}
	key := int64(0)
	for r := (reader{body}); len(r.data) > 0; {
		d.firsts = append(d.firsts, string(r.bytes()))
		key += int64(r.number())
		d.keys = append(d.keys, key)
	}
	return d, nil
}

// page returns the key of the page that would hold a term.
func (d directory) page(term string) (int64, bool) {
	i, exact := slices.BinarySearch(d.firsts, term)
	if !exact {
		i--
	}
	if i < 0 {
		return 0, false
	}
	return d.keys[i], true
}
