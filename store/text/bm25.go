package text

import (
	"cmp"
	"context"
	"math"
	"slices"

	"amalfa/store"
)

// BM25 with k1 1.2 and b 0.75, as FTS5 has it, but for the idf.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// leastIDF keeps a chunk in the answer that holds only words that most chunks hold.
const leastIDF = 0.01

// idf is what a term that n of N chunks hold says: log((N + 1) / (n + ½)) - 1, nothing once more than a third of them do. It is
// BM25's log(1 + (N - n + ½) / (n + ½)) less 1. With the whole of it a dozen words of grammar, which all chunks hold, lift what is
// beside the point: it costs the fusion 0.007 nDCG@10 in the mean of ten collections (docs/decisions/0032-quality-over-many-collections.md).
func idf(chunks, n int64) float64 {
	return max(math.Log((float64(chunks)+1)/(float64(max(n, 0))+0.5))-1, leastIDF)
}

// scored is a leaf of an expression with what it adds to a score.
type scored struct {
	leaf
	idf   float64
	lists []*cursor // by segment; nil where it does not occur
	most  []float64 // by segment: the most it can add
}

// ranking finds the best chunks that hold any of some leaves.
type ranking struct {
	snapshot *Snapshot
	leaves   []scored   // greatest idf first
	among    *store.Set // nil for all
	best     store.Top
	short    float64 // part of a posting's damping that every chunk has
	long     float64 // and for each of its words
}

// rank scores by all leaves, each as often as it is given.
func (x *Snapshot) rank(ctx context.Context, src Source, leaves []leaf, among *store.Set, limit int) ([]store.Match, error) {
	r := &ranking{snapshot: x, among: among, best: store.Top{Limit: limit}}
	if x.chunks <= 0 {
		return nil, nil
	}
	if err := x.prefetch(ctx, src, leaves...); err != nil {
		return nil, err
	}
	average := max(float64(x.words)/float64(x.chunks), 1)
	r.short, r.long = bm25K1*(1-bm25B), bm25K1*bm25B/average
	for _, l := range leaves {
		sc, err := x.score(ctx, src, l, r.short)
		if err != nil {
			return nil, err
		}
		r.leaves = append(r.leaves, sc)
	}
	slices.SortStableFunc(r.leaves, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.idf, a.idf), slices.Compare(a.terms, b.terms))
	})
	for i := range x.Segments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.segment(i)
	}
	return r.best.Sorted(), nil
}

// phraseShare is what a phrase adds of what a word as rare would: its words add to the score on their own.
const phraseShare = 0.5

// score looks a leaf up in every segment.
func (x *Snapshot) score(ctx context.Context, src Source, l leaf, short float64) (scored, error) {
	entries, err := x.entriesOf(ctx, src, l)
	if err != nil {
		return scored{}, err
	}
	n := int64(0)
	for _, e := range entries {
		n += e.chunks
	}
	sc := scored{leaf: l, lists: make([]*cursor, len(entries)), most: make([]float64, len(entries))}
	sc.idf = float64(l.times) * idf(x.chunks, n)
	if len(l.terms) > 1 {
		sc.idf *= phraseShare
	}
	for i, e := range entries {
		if len(e.postings) > 0 {
			sc.lists[i] = newCursor(e.postings)
			w := float64(e.heaviest) / weightUnit
			sc.most[i] = sc.idf * (bm25K1 + 1) * w / (w + short)
		}
	}
	return sc, nil
}

// window is the number of rows whose scores are added up at once: they fit the processor's first cache.
const window = 4096

// segment ranks the chunks of one segment by MaxScore (H. Turtle, J. Flood, Query evaluation: strategies and optimizations, 1995),
// window by window. Every leaf has a greatest contribution. Once a leaf and all weaker ones together cannot lift a chunk over the
// threshold, a chunk that holds no stronger leaf cannot be in the result: those leaves are then only looked up for the chunks that
// stronger ones have scored, and whole blocks of their postings are skipped. Nothing that belongs in the result is lost.
func (r *ranking) segment(i int) {
	seg := r.snapshot.Segments[i]
	if ids, ok := r.among.Listed(); ok && len(ids) <= len(seg.list.ids)/blockSize {
		r.listed(i, ids)
		return
	}
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
		if rest[0] < r.best.Threshold() {
			return
		}
		end := min(base+window, rows)
		clear(sums[:end-base])
		lengths := seg.list.lengths[base:end]
		for j, l := range leaves {
			if rest[j] < r.best.Threshold() {
				r.addPruned(sums[:end-base], lengths, leaves[j:], rest[j:], i, base)
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

// addPruned adds what weaker leaves give to those rows that can still reach the result.
func (r *ranking) addPruned(sums []float64, lengths []uint32, leaves []*scored, rest []float64, segment int, base uint32) {
	threshold := r.best.Threshold()
	for i, sum := range sums {
		if sum == 0 {
			continue
		}
		doc := base + uint32(i)
		for j, l := range leaves {
			if sum+rest[j] < threshold {
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

// listed scores a few chunks of one segment, ascending, and steps over the postings between them.
func (r *ranking) listed(i int, ids []int64) {
	list := r.snapshot.Segments[i].list
	for _, id := range ids {
		row, found := slices.BinarySearch(list.ids, id)
		if !found {
			continue
		}
		sums := [1]float64{}
		for j := range r.leaves {
			if c := r.leaves[j].lists[i]; c != nil {
				r.addAll(sums[:], list.lengths[row:row+1], c, r.leaves[j].idf*(bm25K1+1), uint32(row))
			}
		}
		r.offer(sums[:], list.ids[row:row+1])
	}
}

func (r *ranking) offer(sums []float64, ids []int64) {
	for i, sum := range sums {
		if sum > 0 && sum >= r.best.Threshold() && !r.snapshot.tombstones[ids[i]] && r.among.Has(ids[i]) {
			r.best.Offer(store.Match{Chunk: ids[i], Score: sum})
		}
	}
}
