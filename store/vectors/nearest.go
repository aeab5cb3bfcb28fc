package vectors

import (
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas/gonum"

	"amalfa/store"
)

// ExactRows is the number of rows up to which Nearest compares all of them in full.
const ExactRows = 50_000

// minShare is the number of rows that is worth a goroutine: about 0.1 ms of work.
const minShare = 1000

// Nearest returns the k chunks of a set whose vectors are most like a query of unit length, by cosine, ties by id. A nil set is
// all chunks. Above ExactRows rows, and without a set, codes choose which rows are compared in full, so that the answer is
// approximate; see candidates. A row that does not match its checksum is left out; see Damaged.
func (v *Snapshot) Nearest(query []float32, k int, among *store.Set) []store.Match {
	return v.nearest(query, k, among, ExactRows)
}

// nearest is Nearest with another ExactRows. Each core compares a share of the rows.
func (v *Snapshot) nearest(query []float32, k int, among *store.Set, exact int) []store.Match {
	n := comparison{snapshot: v, query: query, k: min(k, v.Len()), among: among}
	rows := len(v.base.ids)
	if few, ok := among.Listed(); ok && len(few) < rows/64 {
		return n.each(few) // looking each up takes less than passing all rows
	}
	if rows > exact && 2*n.k < rows && v.base.codes != nil && among == nil {
		n.codes = newQuantized(query)
	}
	shares := max(1, min(runtime.GOMAXPROCS(0), rows/minShare))
	tops := make([]store.Top, shares)
	var wg sync.WaitGroup
	for i := range shares {
		wg.Go(func() { tops[i] = n.base(rows*i/shares, rows*(i+1)/shares) })
	}
	all := n.delta()
	wg.Wait()
	for i := range tops {
		all.Merge(&tops[i])
	}
	return all.Sorted()
}

// comparison is one query on its way through the rows.
type comparison struct {
	snapshot *Snapshot
	query    []float32
	k        int
	among    *store.Set
	codes    *quantized // nil to compare every row in full
}

// each looks chunks up one by one.
func (c *comparison) each(chunks []int64) []store.Match {
	top := store.Top{Limit: c.k}
	for _, id := range chunks {
		if values, ok := c.snapshot.row(id); ok {
			top.Offer(store.Match{Chunk: id, Score: c.cosine(values)})
		}
	}
	return top.Sorted()
}

// base compares some of the rows of the base.
func (c *comparison) base(first, last int) store.Top {
	v, top := c.snapshot, store.Top{Limit: c.k}
	compare := func(row int) {
		if len(v.tombstones) == 0 || !v.tombstones[v.base.ids[row]] {
			c.offer(&top, v.base, row)
		}
	}
	if c.codes == nil {
		for row := first; row < last; row++ {
			compare(row)
		}
		return top
	}
	words := c.codes.words()
	for _, row := range c.codes.candidates(v.base.codes[first*words:last*words], c.k) {
		compare(first + row)
	}
	return top
}

// delta compares the rows that came after the base.
func (c *comparison) delta() store.Top {
	top := store.Top{Limit: c.k}
	for row := range c.snapshot.delta.ids {
		c.offer(&top, &c.snapshot.delta, row)
	}
	return top
}

func (c *comparison) offer(top *store.Top, t *table, row int) {
	if !c.among.Has(t.ids[row]) {
		return
	}
	if values := t.row(row); values != nil {
		top.Offer(store.Match{Chunk: t.ids[row], Score: c.cosine(values)})
	}
}

func (c *comparison) cosine(values []float32) float64 {
	return float64(gonum.Implementation{}.Sdot(len(c.query), c.query, 1, values, 1))
}

// Of returns the vectors of those of the chunks that have one; of all chunks when ids is nil.
func (v *Snapshot) Of(ids []int64) *store.Vectors {
	if ids == nil {
		ids = append(slices.Clone(v.base.ids), v.delta.ids...)
	} else {
		ids = slices.Clone(ids)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := &store.Vectors{Model: v.Model, IDs: ids[:0], Data: make([]float32, 0, len(ids)*v.Model.Dim)}
	for _, id := range ids {
		if values, ok := v.row(id); ok {
			out.IDs, out.Data = append(out.IDs, id), append(out.Data, values...)
		}
	}
	return out
}
