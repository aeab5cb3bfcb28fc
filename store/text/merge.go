package text

import (
	"cmp"
	"slices"
)

// FanIn is how many segments of one level become one of a higher level. A question looks at fewer than FanIn segments a level.
const FanIn = 8

// level is the power of FanIn that a segment's size has.
func level(chunks int) int {
	n := 0
	for chunks >= 4*FanIn {
		chunks /= FanIn
		n++
	}
	return n
}

// Merge writes the segments as one, without the chunks that any of them removes.
func Merge(segments []*Segment, pages Pages) (Record, error) {
	list, rows := mergeChunks(segments)
	out := segmentWriter{pages: pages}
	sources := make([]*source, len(segments))
	var chunks, words int64
	for i, s := range segments {
		sources[i] = &source{pages: s.directory.keys, rows: rows[i]}
		chunks, words = chunks+s.Chunks, words+s.Words
	}
	for {
		e, err := mergeNext(sources, pages)
		if err != nil {
			return Record{}, err
		}
		if e.term == "" {
			return out.record(list, chunks, words)
		}
		if err := out.add(e); err != nil {
			return Record{}, err
		}
	}
}

// mergeChunks returns the chunks of the merged segment, and for each source the new row of each old one, noDoc when it is gone.
func mergeChunks(segments []*Segment) (chunkList, [][]uint32) {
	var merged chunkList
	gone := map[int64]bool{}
	type place struct {
		id       int64
		from, at int
	}
	var places []place
	for i, s := range segments {
		for _, id := range s.list.tombstones {
			gone[id] = true
		}
		for j, id := range s.list.ids {
			places = append(places, place{id, i, j})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.id, b.id) })
	rows := make([][]uint32, len(segments))
	for i, s := range segments {
		rows[i] = make([]uint32, len(s.list.ids))
	}
	for _, p := range places {
		if gone[p.id] {
			rows[p.from][p.at] = noDoc
			delete(gone, p.id)
			continue
		}
		rows[p.from][p.at] = uint32(len(merged.ids))
		merged.ids = append(merged.ids, p.id)
		merged.lengths = append(merged.lengths, segments[p.from].list.lengths[p.at])
	}
	for id := range gone {
		merged.tombstones = append(merged.tombstones, id)
	}
	slices.Sort(merged.tombstones)
	return merged, rows
}

// source is one segment on its way into a merge.
type source struct {
	pages   []int64 // not yet read
	entries []entry // of the page at hand, not yet taken
	rows    []uint32
}

// mergeNext takes the least term off the sources. The term is "" at the end.
func mergeNext(sources []*source, pages Pages) (entry, error) {
	var e entry
	for _, s := range sources {
		if len(s.entries) == 0 && len(s.pages) > 0 {
			if err := s.load(pages); err != nil {
				return e, err
			}
		}
		if len(s.entries) > 0 && (e.term == "" || s.entries[0].term < e.term) {
			e.term = s.entries[0].term
		}
	}
	var list []posting
	for _, s := range sources {
		if len(s.entries) == 0 || s.entries[0].term != e.term {
			continue
		}
		e.chunks += s.entries[0].chunks
		list = s.translate(list, s.entries[0].postings)
		s.entries = s.entries[1:]
	}
	slices.SortFunc(list, func(a, b posting) int { return cmp.Compare(a.doc, b.doc) })
	for _, p := range list {
		e.heaviest = max(e.heaviest, p.weight)
	}
	e.postings = appendPostings(nil, list)
	return e, nil
}

func (s *source) translate(list []posting, postings []byte) []posting {
	for c := newCursor(postings); c.doc != noDoc; c.next() {
		if int(c.doc) < len(s.rows) && s.rows[c.doc] != noDoc {
			list = append(list, posting{s.rows[c.doc], c.weight})
		}
	}
	return list
}

// load reads the next page.
func (s *source) load(pages Pages) error {
	page, err := pages.ReadPage(s.pages[0])
	if err != nil {
		return err
	}
	s.pages = s.pages[1:]
	s.entries, err = entries(page)
	return err
}
