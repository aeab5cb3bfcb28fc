package search

import (
	"slices"

	"amalfa/store"
	"amalfa/store/text"
)

// Folding bounds. Passages count as one when nearly all their words are the same; that is only looked at where it is likely.
const (
	foldDepth   = 60   // candidates looked at
	foldCosine  = 0.97 // least similarity of vectors, where both have one
	foldJaccard = 0.9  // least share of words in common
)

// fold takes passages out that say what a better one says, in other notes, and lists their places with that one.
func (r *run) fold(ranked []candidate, near *neighbours) []candidate {
	var kept []candidate
	known := sameness{}
	for i, c := range ranked {
		if i >= foldDepth {
			return append(kept, ranked[i:]...)
		}
		at := slices.IndexFunc(kept, func(k candidate) bool {
			return k.chunk.Note != c.chunk.Note && known.same(k.chunk, c.chunk, near)
		})
		if at < 0 || c.named {
			kept = append(kept, c)
			continue
		}
		kept[at].folded = append(kept[at].folded, c.chunk.Note)
	}
	return kept
}

// sameness holds the words of the chunks that were compared, by id.
type sameness map[int64]map[string]bool

// same tells whether two chunks say nearly the same. near may be nil.
func (s sameness) same(a, b store.Chunk, near *neighbours) bool {
	return a.Text == b.Text || near.alike(a, b) && s.overlap(a, b) >= foldJaccard
}

// alike tells whether two chunks may say the same.
func (n *neighbours) alike(a, b store.Chunk) bool {
	if a.Hash == b.Hash {
		return true
	}
	if n != nil {
		if x, y := n.vectors[a.ID], n.vectors[b.ID]; x != nil && y != nil {
			return dot(x, y) >= foldCosine
		}
	}
	return 9*len(a.Text) <= 10*len(b.Text) && 9*len(b.Text) <= 10*len(a.Text)
}

// overlap is the share of words that both chunks hold among those that either holds.
func (s sameness) overlap(a, b store.Chunk) float64 {
	x, y := s.words(a), s.words(b)
	both := 0
	for term := range x {
		if y[term] {
			both++
		}
	}
	return float64(both) / float64(max(len(x)+len(y)-both, 1))
}

func (s sameness) words(c store.Chunk) map[string]bool {
	if s[c.ID] == nil {
		s[c.ID] = map[string]bool{}
		for _, term := range text.Terms(c.Text) {
			s[c.ID][term] = true
		}
	}
	return s[c.ID]
}
