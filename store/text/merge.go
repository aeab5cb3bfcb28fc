package text

import (
	"cmp"
	"slices"

	"amalfa/store"
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
	stored := keyedPages{pages: pages}
	out := segmentWriter{put: stored.put}
	sources := make([]*source, len(segments))
	var chunks, words int64
	for i, s := range segments {
		sources[i] = &source{pages: s.directory.pages, rows: rows[i]}
		chunks, words = chunks+s.Chunks, words+s.Words
	}
	for {
		e, err := mergeNext(sources, pages)
		if err != nil {
			return Record{}, err
		}
		if e.term == "" {
			err := out.flushPage()
			return stored.record(list, chunks, words), err
		}
		if err := out.add(e); err != nil {
			return Record{}, err
		}
	}
}

// mergeChunks returns the chunks of the merged segment, and for each source the new row of each old one, noDoc when it was removed.
func mergeChunks(segments []*Segment) (chunkList, [][]uint32) {
	var merged chunkList
	removed := map[int64]bool{}
	type place struct {
		id       int64
		from, at int
	}
	var places []place
	for i, s := range segments {
		for _, id := range s.list.tombstones {
			removed[id] = true
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
		if removed[p.id] {
			rows[p.from][p.at] = noDoc
			delete(removed, p.id)
			continue
		}
		rows[p.from][p.at] = uint32(len(merged.ids))
		merged.ids = append(merged.ids, p.id)
		merged.lengths = append(merged.lengths, segments[p.from].list.lengths[p.at])
	}
	for id := range removed {
		merged.tombstones = append(merged.tombstones, id)
	}
	slices.Sort(merged.tombstones)
	return merged, rows
}

// source is one segment on its way into a merge.
type source struct {
	pages   []pageKeys // not yet read
	entries []entry    // of the page at hand, not yet taken
	rows    []uint32
}

// moved is a posting of a source in its new row, with its encoded positions.
type moved struct {
	posting
	positions []byte
}

// mergeNext merges the entries of the least term of the sources. The term is "" at the end.
func mergeNext(sources []*source, pages Pages) (entry, error) {
	term := ""
	for _, s := range sources {
		if len(s.entries) == 0 && len(s.pages) > 0 {
			if err := s.load(pages); err != nil {
				return entry{}, err
			}
		}
		if len(s.entries) > 0 && (term == "" || s.entries[0].term < term) {
			term = s.entries[0].term
		}
	}
	var chunks int64
	var list []moved
	for _, s := range sources {
		if len(s.entries) > 0 && s.entries[0].term == term {
			chunks += s.entries[0].chunks
			list = s.translate(list, s.entries[0])
			s.entries = s.entries[1:]
		}
	}
	slices.SortFunc(list, func(a, b moved) int { return cmp.Compare(a.doc, b.doc) })
	postings := make([]posting, len(list))
	var positions []byte
	for i, m := range list {
		postings[i] = m.posting
		positions = append(positions, m.positions...)
	}
	return newEntry(term, chunks, postings, positions), nil
}

// translate appends the postings of an entry whose chunks were not removed.
func (s *source) translate(list []moved, e entry) []moved {
	at := positionCursor{data: e.positions}
	n := 0
	for c := newCursor(e.postings); c.doc != noDoc; c.next() {
		if int(c.doc) < len(s.rows) && s.rows[c.doc] != noDoc {
			positions := at.at(n)
			list = append(list, moved{posting{s.rows[c.doc], c.weight}, positions[:skipPositions(positions)]})
		}
		n++
	}
	return list
}

// load reads the next page.
func (s *source) load(pages Pages) error {
	page, err := readSealed(pages, s.pages[0].entries)
	if err != nil {
		return err
	}
	positions, err := readSealed(pages, s.pages[0].positions)
	if err != nil {
		return err
	}
	s.pages = s.pages[1:]
	s.entries = decodeEntries(page)
	r := reader{positions}
	for i := range s.entries {
		s.entries[i].positions = r.bytes()
	}
	return nil
}

func readSealed(pages Pages, key int64) ([]byte, error) {
	page, err := pages.ReadPage(key)
	if err != nil {
		return nil, err
	}
	return store.Unseal(page)
}
