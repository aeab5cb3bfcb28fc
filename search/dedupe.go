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

// dedupe drops passages that say what a better one of another note says, and lists their notes with that one. near may be nil.
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
	terms   map[string]int32  // number of each term that was seen
	chunks  map[int64][]int32 // the terms of each chunk that was compared, ascending
	vectors *store.Vectors
}

func newDuplicates(vectors *store.Vectors) duplicates {
	return duplicates{map[string]int32{}, map[int64][]int32{}, vectors}
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

// overlap is the share of words that both chunks hold among those that either holds (Jaccard's index).
func (d duplicates) overlap(a, b store.Chunk) float64 {
	x, y := d.termsOf(a), d.termsOf(b)
	either := len(x) + len(y)
	both := 0
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0] < y[0]:
			x = x[1:]
		case x[0] > y[0]:
			y = y[1:]
		default:
			both++
			x, y = x[1:], y[1:]
		}
	}
	return float64(both) / float64(max(either-both, 1))
}

func (d duplicates) termsOf(c store.Chunk) []int32 {
	list, known := d.chunks[c.ID]
	if known {
		return list
	}
	for _, term := range text.Terms(c.Text) {
		n, seen := d.terms[term]
		if !seen {
			n = int32(len(d.terms))
			d.terms[term] = n
		}
		list = append(list, n)
	}
	slices.Sort(list)
	list = slices.Compact(list)
	d.chunks[c.ID] = list
	return list
}
