package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
)

// fanIn is how many segments of one level become one of a higher level. A question looks at fewer than fanIn segments a level.
const fanIn = 8

// level is the power of fanIn that a segment's size has.
func level(chunks int) int {
	n := 0
	for chunks >= 4*fanIn {
		chunks /= fanIn
		n++
	}
	return n
}

// stored is a segment as it lies in the database.
type stored struct {
	key, chunks, words int64
	list               chunkList
	directory          directory
}

// maxRemoved is how many removed chunks are carried along whatever the size of the index.
const maxRemoved = 1000

// compact merges levels that are full, from the lowest up, and everything once a fifth of what is held is gone.
func (w *writer) compact() error {
	for {
		// The level up to which to merge, plus one.
		upTo, err := w.key(`SELECT max(level) + 2 FROM segments HAVING sum(removed) > max(?1, sum(chunks) / 5) AND count(*) > 1
			UNION ALL SELECT level + 1 FROM segments GROUP BY level HAVING count(*) >= ?2 ORDER BY 1 LIMIT 1`, maxRemoved, fanIn)
		if err != nil || upTo == 0 {
			return err
		}
		segments, err := w.segments(upTo - 1)
		if err != nil {
			return err
		}
		if err := w.merge(segments); err != nil {
			return fmt.Errorf("merge words: %w", err)
		}
	}
}

// segments returns those up to a level.
func (w *writer) segments(level int64) ([]stored, error) {
	var list []stored
	err := w.rows(func(rows *sql.Rows) error {
		s, err := scanSegment(rows)
		list = append(list, s)
		return err
	}, segmentQuery+" WHERE level <= ? ORDER BY key", level)
	return list, err
}

const segmentQuery = "SELECT key, chunks, words, list, directory FROM segments"

func scanSegment(rows *sql.Rows) (stored, error) {
	var s stored
	var list, dir sql.RawBytes
	err := rows.Scan(&s.key, &s.chunks, &s.words, &list, &dir)
	if err != nil {
		return s, err
	}
	if s.list, err = unpackChunks(list); err != nil {
		return s, err
	}
	s.directory, err = unpackDirectory(dir)
	return s, err
}

// merge writes the segments as one, without the chunks that any of them removes.
func (w *writer) merge(segments []stored) error {
	list, rows := mergeChunks(segments)
	out := segmentWriter{writer: w}
	sources := make([]*source, len(segments))
	var chunks, words int64
	for i, s := range segments {
		sources[i] = &source{pages: s.directory.keys, rows: rows[i]}
		chunks, words = chunks+s.chunks, words+s.words
	}
	for {
		e, err := w.mergeNext(sources)
		if err != nil {
			return err
		}
		if e.term == "" {
			break
		}
		if err := out.add(e); err != nil {
			return err
		}
	}
	for _, s := range segments {
		if err := w.drop(s); err != nil {
			return err
		}
	}
	return out.finish(list, chunks, words)
}

func (w *writer) drop(s stored) error {
	if n := len(s.directory.keys); n > 0 {
		if err := w.exec("DELETE FROM pages WHERE key BETWEEN ? AND ?", s.directory.keys[0], s.directory.keys[n-1]); err != nil {
			return err
		}
	}
	return w.exec("DELETE FROM segments WHERE key = ?", s.key)
}

// mergeChunks returns the chunks of the merged segment, and for each source the new row of each old one, noDoc when it is gone.
func mergeChunks(segments []stored) (chunkList, [][]uint32) {
	var merged chunkList
	gone := map[int64]bool{}
	type place struct {
		id       int64
		from, at int
	}
	var places []place
	for i, s := range segments {
		for _, id := range s.list.gone {
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
		merged.gone = append(merged.gone, id)
	}
	slices.Sort(merged.gone)
	return merged, rows
}

// source is one segment on its way into a merge.
type source struct {
	pages   []int64 // not yet read
	entries []entry // of the page at hand, not yet taken
	rows    []uint32
}

// mergeNext takes the least term off the sources. The term is "" at the end.
func (w *writer) mergeNext(sources []*source) (entry, error) {
	var e entry
	for _, s := range sources {
		if len(s.entries) == 0 && len(s.pages) > 0 {
			if err := w.readPage(s); err != nil {
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

func (w *writer) readPage(s *source) error {
	var page []byte
	err := w.rows(func(rows *sql.Rows) error { return rows.Scan(&page) }, "SELECT data FROM pages WHERE key = ?", s.pages[0])
	if err != nil {
		return err
	}
	s.pages = s.pages[1:]
	s.entries, err = entries(page)
	return err
}
