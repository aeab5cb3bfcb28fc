package text

import (
	"cmp"
	"context"
	"slices"
)

// Spellings that are near: a word of up to four letters has none, one of up to seven may differ by one letter, a longer one by two.
const (
	minNear  = 5
	longNear = 8
)

// NearDistance is how many letters of a word may differ from a near one.
func NearDistance(word string) int {
	switch n := len([]rune(word)); {
	case n < minNear:
		return 0
	case n < longNear:
		return 1
	}
	return 2
}

// Near returns the terms of the index whose words may be spelled much like a word, at most limit: first those that differ least,
// then those that most chunks hold. Terms are stems, so that a term counts by the part of the word that is as long. It reads the
// whole dictionary.
func (x *Snapshot) Near(ctx context.Context, src Source, word string, limit int) ([]string, error) {
	type near struct {
		distance int
		chunks   int64
	}
	want, most, found := []rune(word), NearDistance(word), map[string]near{}
	if most == 0 {
		return nil, nil
	}
	err := x.each(ctx, src, func(e entry) {
		term := []rune(e.term)
		if len(term) < min(minNear, len(want)-most) || len(term) > len(want)+most {
			return
		}
		if d := Distance(term, want[:min(len(term), len(want))]); d <= most {
			found[e.term] = near{d, found[e.term].chunks + e.chunks}
		}
	})
	var terms []string
	for t, n := range found {
		if n.chunks > 0 {
			terms = append(terms, t)
		}
	}
	slices.SortFunc(terms, func(a, b string) int {
		return cmp.Or(found[a].distance-found[b].distance, cmp.Compare(found[b].chunks, found[a].chunks), cmp.Compare(a, b))
	})
	return terms[:min(limit, len(terms))], err
}

// each calls f with what each segment knows of each term.
func (x *Snapshot) each(ctx context.Context, src Source, f func(entry)) error {
	for _, seg := range x.Segments {
		for i, keys := range seg.directory.pages {
			if err := seg.prefetchEntries(ctx, src, i); err != nil {
				return err
			}
			page, err := src.Page(ctx, keys.entries)
			if err != nil {
				return err
			}
			for _, e := range decodeEntries(page) {
				f(e)
			}
		}
	}
	return nil
}

// Distance counts the letters to add, drop, replace or swap with the next to make one word of another (optimal string alignment).
func Distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
