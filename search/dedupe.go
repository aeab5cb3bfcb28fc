package search

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/blas/gonum"

	"amalfa/store"
	"amalfa/store/text"
)

// Bounds of near-duplicates. Passages count as one when nearly all their words are the same; that is only looked at where it is likely.
const (
	dedupeDepth   = 60   // candidates looked at
	dedupeCosine  = 0.97 // least similarity of vectors, where both have one
	dedupeJaccard = 0.9  // least share of words in common
)

// dedupe takes passages out that say what a better one says, in other notes, and lists their places with that one. near may be nil.
func dedupe(ctx context.Context, ranked []candidate, near *neighbours) ([]candidate, error) {
	vectors, err := near.vectors(ctx, ranked, dedupeDepth)
	if err != nil {
		return nil, err
	}
	var kept []candidate
	known := newDuplicates(vectors)
	for i, c := range ranked {
		if i >= dedupeDepth {
			return append(kept, ranked[i:]...), nil
		}
		at := slices.IndexFunc(kept, func(k candidate) bool {
			return k.chunk.Note != c.chunk.Note && known.same(k.chunk, c.chunk)
		})
		if at < 0 || c.named {
			kept = append(kept, c)
			continue
		}
		kept[at].folded = append(kept[at].folded, c.chunk.Note)
	}
	return kept, nil
}

// duplicates compares chunks.
type duplicates struct {
	words   map[int64]map[string]bool // of the chunks that were compared, by id
	vectors *store.Vectors
}

func newDuplicates(vectors *store.Vectors) duplicates {
	return duplicates{words: map[int64]map[string]bool{}, vectors: vectors}
}

// same tells whether two chunks say nearly the same.
func (d duplicates) same(a, b store.Chunk) bool {
	return a.Text == b.Text || d.alike(a, b) && d.overlap(a, b) >= dedupeJaccard
}

// alike tells whether two chunks may say the same.
func (d duplicates) alike(a, b store.Chunk) bool {
	if a.Hash == b.Hash {
		return true
	}
	x, okX := d.vectors.Row(a.ID)
	y, okY := d.vectors.Row(b.ID)
	if okX && okY {
		return float64(gonum.Implementation{}.Sdot(len(x), x, 1, y, 1)) >= dedupeCosine
	}
	return 9*len(a.Text) <= 10*len(b.Text) && 9*len(b.Text) <= 10*len(a.Text)
}

// overlap is the share of words that both chunks hold among those that either holds.
func (d duplicates) overlap(a, b store.Chunk) float64 {
	x, y := d.wordsOf(a), d.wordsOf(b)
	both := 0
	for term := range x {
		if y[term] {
			both++
		}
	}
	return float64(both) / float64(max(len(x)+len(y)-both, 1))
}

func (d duplicates) wordsOf(c store.Chunk) map[string]bool {
	if d.words[c.ID] == nil {
		d.words[c.ID] = map[string]bool{}
		for _, term := range text.Terms(c.Text) {
			d.words[c.ID][term] = true
		}
	}
	return d.words[c.ID]
}
