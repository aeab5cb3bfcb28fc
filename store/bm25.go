package store

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
)

// BM25 with k1 1.2 and b 0.75, as FTS5 has it, but for the idf: log(1 + (N - n + ½) / (n + ½)) stays above 0 for words that most
// chunks hold.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// scored is a leaf of an expression with what it adds to a score.
type scored struct {
	leaf
	idf   float64
	lists []*cursor // by segment; nil where it does not occur
	most  []float64 // by segment: the most it can add
}

// ranking finds the best chunks that hold any of some leaves.
type ranking struct {
	lex    *lexicon
	leaves []scored // greatest idf first
	among  *Set     // nil for all
	best   bestMatches
	short  float64 // part of a posting's damping that every chunk has
	long   float64 // and for each of its words
}

// rank scores by all leaves, each as often as it is given.
func (s *SQLite) rank(ctx context.Context, tx *sql.Tx, lex *lexicon, leaves []leaf, among *Set, limit int) ([]Match, error) {
	r := &ranking{lex: lex, among: among, best: bestMatches{limit: limit}}
	if lex.chunks <= 0 {
		return nil, nil
	}
	average := max(float64(lex.words)/float64(lex.chunks), 1)
	r.short, r.long = bm25K1*(1-bm25B), bm25K1*bm25B/average
	for _, l := range leaves {
		sc, err := s.score(ctx, tx, lex, l, r.short)
		if err != nil {
			return nil, err
		}
		r.leaves = append(r.leaves, sc)
	}
	slices.SortStableFunc(r.leaves, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.idf, a.idf), slices.Compare(a.terms, b.terms))
	})
	for i := range lex.segments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.segment(i)
	}
	return r.best.sorted(), nil
}

// score looks a leaf up in every segment.
func (s *SQLite) score(ctx context.Context, tx *sql.Tx, lex *lexicon, l leaf, short float64) (scored, error) {
	entries, err := s.entriesOf(ctx, tx, lex, l)
	if err != nil {
		return scored{}, err
	}
	n := int64(0)
	for _, e := range entries {
		n += e.chunks
	}
	sc := scored{leaf: l, lists: make([]*cursor, len(entries)), most: make([]float64, len(entries))}
	sc.idf = float64(l.times) * math.Log1p((float64(lex.chunks-n)+0.5)/(float64(max(n, 0))+0.5))
	for i, e := range entries {
		if len(e.postings) > 0 {
			sc.lists[i] = newCursor(e.postings)
			w := float64(e.heaviest) / weightUnit
			sc.most[i] = sc.idf * (bm25K1 + 1) * w / (w + short)
		}
	}
	return sc, nil
}

// entriesOf returns what each segment knows of a leaf.
func (s *SQLite) entriesOf(ctx context.Context, tx *sql.Tx, lex *lexicon, l leaf) ([]entry, error) {
	if !l.single() {
		return s.listed(ctx, tx, lex, l)
	}
	entries := make([]entry, len(lex.segments))
	for i, seg := range lex.segments {
		e, ok, err := s.entry(ctx, tx, seg, stem(l.terms[0]))
		if err != nil {
			return nil, err
		}
		if ok {
			entries[i] = e
		}
	}
	return entries, nil
}

// listed lays the chunks that FTS5 finds for a phrase or prefix out as postings, one occurrence each.
func (s *SQLite) listed(ctx context.Context, tx *sql.Tx, lex *lexicon, l leaf) ([]entry, error) {
	ids, err := s.fts(ctx, tx, l)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, len(lex.segments))
	for i, seg := range lex.segments {
		var list []posting
		for _, id := range ids {
			if row, ok := seg.list.row(id); ok {
				list = append(list, posting{row, weightUnit})
			}
		}
		entries[i] = entry{chunks: int64(len(list)), heaviest: weightUnit, postings: appendPostings(nil, list)}
	}
	return entries, nil
}

// window is the number of rows whose scores are added up at once: they fit the processor's first cache.
const window = 4096

// segment ranks the chunks of one segment. Leaves are read whole while what they and all weaker ones could add would reach the
// result; the rest only adds to chunks that a stronger leaf has brought up, and skips over blocks in between.
func (r *ranking) segment(i int) {
	seg := r.lex.segments[i]
	rows := uint32(len(seg.list.ids))
	var leaves []*scored
	for j := range r.leaves {
		if r.leaves[j].lists[i] != nil {
			leaves = append(leaves, &r.leaves[j])
		}
	}
	if len(leaves) == 0 {
		return
	}
	rest := make([]float64, len(leaves)+1) // what the leaves from here on can add
	for j := len(leaves) - 1; j >= 0; j-- {
		rest[j] = rest[j+1] + leaves[j].most[i]
	}
	var sums [window]float64
	for base := uint32(0); base < rows; base += window {
		if rest[0] < r.best.bar() {
			return
		}
		end := min(base+window, rows)
		clear(sums[:end-base])
		lengths := seg.list.lengths[base:end]
		for j, l := range leaves {
			if rest[j] < r.best.bar() {
				r.lift(sums[:end-base], lengths, leaves[j:], rest[j:], i, base)
				break
			}
			r.addAll(sums[:end-base], lengths, l.lists[i], l.idf*(bm25K1+1), base)
		}
		r.offer(sums[:end-base], seg.list.ids[base:end])
	}
}

// addAll adds what a leaf gives to each row of the window.
func (r *ranking) addAll(sums []float64, lengths []uint32, c *cursor, most float64, base uint32) {
	if c.doc < base {
		c.seek(base)
	}
	for end := base + uint32(len(sums)); c.doc < end; c.next() {
		i := c.doc - base
		w := float64(c.weight) / weightUnit
		sums[i] += most * w / (w + r.short + r.long*float64(lengths[i]))
	}
}

// lift adds what weaker leaves give to those rows that can still reach the result.
func (r *ranking) lift(sums []float64, lengths []uint32, leaves []*scored, rest []float64, segment int, base uint32) {
	bar := r.best.bar()
	for i, sum := range sums {
		if sum == 0 {
			continue
		}
		doc := base + uint32(i)
		for j, l := range leaves {
			if sum+rest[j] < bar {
				break
			}
			c := l.lists[segment]
			if c.seek(doc); c.doc == doc {
				w := float64(c.weight) / weightUnit
				sum += l.idf * (bm25K1 + 1) * w / (w + r.short + r.long*float64(lengths[i]))
			}
		}
		sums[i] = sum
	}
}

func (r *ranking) offer(sums []float64, ids []int64) {
	for i, sum := range sums {
		if sum > 0 && sum >= r.best.bar() && !r.lex.gone[ids[i]] && r.among.has(ids[i]) {
			r.best.offer(Match{ids[i], sum})
		}
	}
}
