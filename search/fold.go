package search

import (
	"amalfa/store"
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
	words := map[int64]map[string]bool{}
	for i, c := range ranked {
		if i >= foldDepth {
			return append(kept, ranked[i:]...)
		}
		at := -1
		for j := range kept {
			if kept[j].chunk.Note != c.chunk.Note && near.alike(kept[j].chunk, c.chunk) && overlap(words, kept[j].chunk, c.chunk) >= foldJaccard {
				at = j
				break
			}
		}
		if at < 0 || c.named {
			kept = append(kept, c)
			continue
		}
		kept[at].folded = append(kept[at].folded, c.chunk.Note)
	}
	return kept
}

// alike tells whether two chunks may say the same.
func (n *neighbours) alike(a, b store.Chunk) bool {
	if a.Hash == b.Hash || a.Text == b.Text {
		return true
	}
	if n != nil {
		x, okX := n.view.Row(a.ID)
		y, okY := n.view.Row(b.ID)
		if okX && okY {
			return dot(x, y) >= foldCosine
		}
	}
	return 9*len(a.Text) <= 10*len(b.Text) && 9*len(b.Text) <= 10*len(a.Text)
}

// overlap is the share of words that both chunks hold among those that either holds.
func overlap(known map[int64]map[string]bool, a, b store.Chunk) float64 {
	of := func(c store.Chunk) map[string]bool {
		if known[c.ID] == nil {
			known[c.ID] = map[string]bool{}
			for _, term := range store.Terms(c.Text) {
				known[c.ID][term] = true
			}
		}
		return known[c.ID]
	}
	x, y := of(a), of(b)
	both := 0
	for term := range x {
		if y[term] {
			both++
		}
	}
	return float64(both) / float64(max(len(x)+len(y)-both, 1))
}
