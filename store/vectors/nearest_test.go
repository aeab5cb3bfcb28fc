package vectors

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/blas/gonum"

	"amalfa/store"
)

// Nearest and Of tell what a plain list of the vectors tells: of a base alone, and with vectors that came, changed and went since, of
// all chunks and of sets.
func TestNearestIsThatOfAList(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	v := snapshotOf(3000, func() []float32 { return unit(r) })
	list := map[int64][]float32{}
	for row, id := range v.base.ids {
		list[id] = v.base.row(row)
	}
	checkNearest(t, r, v, list)
	for generation := range int64(5) {
		var changed []int64
		for range 200 {
			changed = append(changed, r.Int64N(3200))
		}
		slices.Sort(changed)
		changed = slices.Compact(changed)
		v = v.Without(changed, generation)
		for _, id := range changed {
			delete(list, id)
			if id%3 > 0 {
				list[id] = unit(r)
				v.Add(id, list[id])
			}
		}
		checkNearest(t, r, v, list)
	}
}

func checkNearest(t *testing.T, r *rand.Rand, v *Snapshot, list map[int64][]float32) {
	t.Helper()
	var some []int64
	for range 500 {
		some = append(some, r.Int64N(3300))
	}
	for _, among := range []*store.Set{nil, store.NewSet(some), store.NewSet(some[:20]), store.NewSet(some).Not(), store.NewSet(nil)} {
		query := unit(r)
		top := store.Top{Limit: 50}
		for id, values := range list {
			if among.Has(id) {
				top.Offer(store.Match{Chunk: id, Score: float64(gonum.Implementation{}.Sdot(100, query, 1, values, 1))})
			}
		}
		if d := cmp.Diff(top.Sorted(), v.Nearest(query, 50, among)); d != "" {
			t.Fatal(d)
		}
	}
	of := v.Of(append(some, some...))
	for _, id := range some {
		want := list[id]
		if got, ok := of.Row(id); ok != (want != nil) || !slices.Equal(got, want) {
			t.Fatalf("chunk %d: %v, want %v", id, got, want)
		}
	}
	if all := v.Of(nil); len(all.IDs) != len(list) || v.Len() != len(list) || !slices.IsSorted(all.IDs) {
		t.Fatalf("%d vectors of %d", len(all.IDs), len(list))
	}
}
