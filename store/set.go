package store

import "slices"

// Set is a set of chunks: those of a sorted list, or all others. A nil Set holds every chunk. It never changes.
type Set struct {
	ids    []int64
	others bool // all but ids
}

// NewSet returns the set of the given chunks.
func NewSet(ids []int64) *Set {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return &Set{ids: slices.Compact(ids)}
}

// Has tells whether a chunk is in the set.
func (s *Set) Has(chunk int64) bool {
	if s == nil {
		return true
	}
	_, listed := slices.BinarySearch(s.ids, chunk)
	return listed != s.others
}

// Empty tells whether no chunk is in the set.
func (s *Set) Empty() bool { return s != nil && !s.others && len(s.ids) == 0 }

// Len is the number of listed chunks: those of the set, unless it holds all others.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.ids)
}

// Listed returns the chunks of the set, ascending; ok is false when it holds all others.
func (s *Set) Listed() (ids []int64, ok bool) {
	if s == nil || s.others {
		return nil, false
	}
	return s.ids, true
}

// And returns what both sets hold.
func (s *Set) And(t *Set) *Set {
	switch {
	case s == nil:
		return t
	case t == nil:
		return s
	case s.others && t.others:
		return &Set{ids: merged(s.ids, t.ids), others: true}
	case s.others:
		s, t = t, s
	}
	kept := &Set{}
	for _, id := range s.ids {
		if t.Has(id) {
			kept.ids = append(kept.ids, id)
		}
	}
	return kept
}

// Not returns the chunks that are not in the set.
func (s *Set) Not() *Set {
	if s == nil {
		return &Set{}
	}
	return &Set{ids: s.ids, others: !s.others}
}

// Or returns what either set holds.
func (s *Set) Or(t *Set) *Set { return s.Not().And(t.Not()).Not() }

func merged(a, b []int64) []int64 {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
