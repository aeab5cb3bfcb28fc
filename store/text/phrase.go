package text

import (
	"context"
	"slices"
	"strings"
)

// A termList is the chunks of a segment that hold a term, by their rows, and where in them.
type termList struct {
	rows      []uint32
	positions []byte // in blocks; nil when nobody asked
}

// phraseRows returns the rows of a segment that hold the terms of a leaf one after another, ascending.
func phraseRows(ctx context.Context, src Source, seg *Segment, l leaf) ([]uint32, error) {
	whole := l.terms
	var endings []termList // the terms that the last may go on to
	var err error
	if l.prefix {
		whole = whole[:len(whole)-1]
		if endings, err = seg.startingWith(ctx, src, prefixOf(l.terms[len(whole)]), len(whole) > 0); err != nil || len(endings) == 0 {
			return nil, err
		}
	}
	lists := make([]termList, len(whole))
	for i, term := range whole {
		if lists[i], err = seg.termList(ctx, src, Stem(term)); err != nil || len(lists[i].rows) == 0 {
			return nil, err
		}
	}
	if len(lists) == 0 {
		return union(endings), nil
	}
	return adjacent(lists, endings, l.prefix), nil
}

// prefixOf is what the terms begin with that a word may go on to. A stem of a hash would be that of other hashes too.
func prefixOf(word string) string {
	if _, ok := hexDigits(word); ok {
		return word
	}
	return Stem(word)
}

// termList reads one term.
func (s *Segment) termList(ctx context.Context, src Source, term string) (termList, error) {
	at, ok := s.directory.page(term)
	if !ok {
		return termList{}, nil
	}
	page, err := src.Page(ctx, at.entries)
	if err != nil {
		return termList{}, err
	}
	n, e := lookup(page, term)
	if len(e.postings) == 0 {
		return termList{}, nil
	}
	positions, err := src.Page(ctx, at.positions)
	if err != nil {
		return termList{}, err
	}
	r := reader{positions}
	for range n {
		r.bytes()
	}
	return termList{rowsOf(e.postings), r.bytes()}, nil
}

// startingWith reads all terms with a prefix, with their positions or without.
func (s *Segment) startingWith(ctx context.Context, src Source, prefix string, positions bool) ([]termList, error) {
	var lists []termList
	for i := max(0, s.directory.find(prefix)); i < len(s.directory.firsts); i++ {
		if first := s.directory.firsts[i]; first > prefix && !strings.HasPrefix(first, prefix) {
			break
		}
		page, err := src.Page(ctx, s.directory.pages[i].entries)
		if err != nil {
			return nil, err
		}
		var places []byte
		if positions {
			if places, err = src.Page(ctx, s.directory.pages[i].positions); err != nil {
				return nil, err
			}
		}
		r := reader{places}
		for _, e := range decodeEntries(page) {
			if at := r.bytes(); strings.HasPrefix(e.term, prefix) && len(e.postings) > 0 {
				lists = append(lists, termList{rowsOf(e.postings), at})
			}
		}
	}
	return lists, nil
}

func rowsOf(postings []byte) []uint32 {
	var rows []uint32
	for c := newCursor(postings); c.doc != noDoc; c.next() {
		rows = append(rows, c.doc)
	}
	return rows
}

func union(lists []termList) []uint32 {
	var rows []uint32
	for _, l := range lists {
		rows = append(rows, l.rows...)
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// adjacent returns the rows in which the terms of lists follow one another, and one of the endings follows them if there must be one.
func adjacent(lists, endings []termList, ending bool) []uint32 {
	rows := lists[0].rows
	for _, l := range lists[1:] {
		rows = common(rows, l.rows)
	}
	starts := make([][]uint32, len(rows)) // where in a row's chunk the phrase may begin
	for n, l := range lists {
		l.each(rows, func(i int, at []uint32) {
			if n == 0 {
				starts[i] = slices.Clone(at)
			} else {
				starts[i] = slices.DeleteFunc(starts[i], func(p uint32) bool { return !holds(at, p+uint32(n)) })
			}
		})
	}
	found := make([]bool, len(rows))
	for i := range rows {
		found[i] = !ending && len(starts[i]) > 0
	}
	for _, l := range endings {
		l.each(rows, func(i int, at []uint32) {
			found[i] = found[i] || slices.ContainsFunc(starts[i], func(p uint32) bool { return holds(at, p+uint32(len(lists))) })
		})
	}
	var out []uint32
	for i, row := range rows {
		if found[i] {
			out = append(out, row)
		}
	}
	return out
}

func holds(positions []uint32, p uint32) bool {
	_, ok := slices.BinarySearch(positions, p)
	return ok
}

// common returns the rows of both lists.
func common(a, b []uint32) []uint32 {
	var rows []uint32
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			rows = append(rows, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return rows
}

// each calls fn for those of some rows that the list holds, with their place among the rows and the positions of the term. fn must
// not keep them.
func (l termList) each(rows []uint32, fn func(i int, at []uint32)) {
	c := positionCursor{data: l.positions}
	var at []uint32
	i := 0
	for n, row := range l.rows {
		for i < len(rows) && rows[i] < row {
			i++
		}
		if i == len(rows) {
			return
		}
		if rows[i] == row {
			at, _ = decodePositions(at[:0], c.at(n))
			fn(i, at)
		}
	}
}
