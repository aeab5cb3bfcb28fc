package text

import (
	"slices"
	"strings"
	"unique"
)

// A list is what the documents of a segment say of one term.
type list struct {
	name      string
	chunks    int64     // documents that hold it, less those that are gone
	postings  []posting // by row
	positions []byte    // of the postings, one after another
}

// invert turns documents into the lists of their terms, in the order of the terms. It goes through them twice: what all lists hold is
// counted first, so that they share two pieces of memory, and a term is looked up once for each document.
func invert(added, removed []Document) []list {
	at := map[unique.Handle[string]]int32{}
	var lists []list
	var sizes []size
	find := func(term unique.Handle[string]) int32 {
		i, ok := at[term]
		if !ok {
			i = int32(len(lists))
			at[term] = i
			lists, sizes = append(lists, list{name: term.Value()}), append(sizes, size{})
		}
		return i
	}
	n := 0
	for _, d := range added {
		n += len(d.terms)
	}
	places := make([]int32, 0, n) // of the terms of all documents added
	for _, d := range added {
		for _, t := range d.terms {
			i := find(t.term)
			places = append(places, i)
			lists[i].chunks++
			sizes[i].postings++
			sizes[i].positions += len(t.positions)
		}
	}
	for _, d := range removed {
		for _, t := range d.terms {
			lists[find(t.term)].chunks--
		}
	}
	share(lists, sizes)
	for row, d := range added {
		for i, t := range d.terms {
			l := &lists[places[i]]
			l.postings = append(l.postings, posting{uint32(row), t.weight})
			l.positions = append(l.positions, t.positions...)
		}
		places = places[len(d.terms):]
	}
	slices.SortFunc(lists, func(a, b list) int { return strings.Compare(a.name, b.name) })
	return lists
}

// size is that of a list: its postings, and the bytes of their positions.
type size struct{ postings, positions int }

// share gives every list room of its size.
func share(lists []list, sizes []size) {
	var all size
	for _, s := range sizes {
		all.postings, all.positions = all.postings+s.postings, all.positions+s.positions
	}
	postings, positions := make([]posting, all.postings), make([]byte, all.positions)
	for i, s := range sizes {
		lists[i].postings, postings = postings[:0:s.postings], postings[s.postings:]
		lists[i].positions, positions = positions[:0:s.positions], positions[s.positions:]
	}
}
