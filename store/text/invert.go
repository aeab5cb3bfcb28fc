package text

import (
	"slices"
	"strings"
)

// A list is what the documents of a segment say of one term.
type list struct {
	name      string
	chunks    int64     // documents that hold it, less those that are gone
	postings  []posting // by row
	positions []byte    // of the postings, one after another
}

// places finds the list of a term by its pointer, and by its text where that is new.
type places struct {
	byPointer map[*string]int32
	byText    map[string]int32
	lists     []list
	sizes     []size
}

func (p *places) of(term *string) int32 {
	i, ok := p.byPointer[term]
	if ok {
		return i
	}
	if i, ok = p.byText[*term]; !ok {
		i = int32(len(p.lists))
		p.byText[*term] = i
		p.lists, p.sizes = append(p.lists, list{name: *term}), append(p.sizes, size{})
	}
	p.byPointer[term] = i
	return i
}

// invert turns documents into the lists of their terms, in the order of the terms. It goes through them twice: what all lists hold is
// counted first, so that they share two pieces of memory, and a term is looked up once for each document.
func invert(added, removed []Document) []list {
	p := places{byPointer: map[*string]int32{}, byText: map[string]int32{}}
	n := 0
	for _, d := range added {
		n += len(d.terms)
	}
	at := make([]int32, 0, n) // of the terms of all documents added
	for _, d := range added {
		for _, t := range d.terms {
			i := p.of(t.term)
			at = append(at, i)
			p.lists[i].chunks++
			p.sizes[i].postings++
			p.sizes[i].positions += len(t.positions)
		}
	}
	for _, d := range removed {
		for _, t := range d.terms {
			p.lists[p.of(t.term)].chunks--
		}
	}
	lists := p.lists
	share(lists, p.sizes)
	for row, d := range added {
		for i, t := range d.terms {
			l := &lists[at[i]]
			l.postings = append(l.postings, posting{uint32(row), t.weight})
			l.positions = append(l.positions, t.positions...)
		}
		at = at[len(d.terms):]
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
