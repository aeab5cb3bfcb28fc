package vectors

import (
	"math/rand/v2"
	"slices"
	"testing"

	"amalfa/store"
)

// The ten nearest by codes are those of an exact scan, for vectors without any order, the hardest there are, and for vectors that
// have as much in common as a model's: bge-small's mean on Cranfield is 0.83 long.
func TestCodesFindTheNearest(t *testing.T) {
	for name, tt := range map[string]struct {
		common      float32 // what each number has in common with those of other vectors
		same, found int     // at least, of 100 questions and of their 1,000 nearest
	}{
		// Measured 100 and 1,000.
		"without order": {0, 97, 995},
		// Measured 97 and 997; 28 and 892 where codes tell the numbers and not how far they are from their mean.
		"much alike": {1.5, 94, 990},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			v := snapshotOf(8000, func() []float32 {
				values := unit(r)
				for i := range values {
					values[i] += tt.common * float32(i%3)
				}
				return values
			})
			same, found := 0, 0
			for range 100 {
				query := unit(r)
				want, got := v.nearest(query, 10, nil, v.Len()), v.nearest(query, 10, nil, 0)
				if slices.Equal(want, got) {
					same++
				}
				for _, m := range got {
					if slices.Contains(want, m) {
						found++
					}
				}
			}
			if same < tt.same || found < tt.found {
				t.Errorf("the same ten in %d of 100 questions, %d of 1000 found", same, found)
			}
		})
	}
}

// unit is a random direction, not of unit length.
func unit(r *rand.Rand) []float32 {
	v := make([]float32, 100)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// snapshotOf holds n vectors of 100 numbers.
func snapshotOf(n int, vector func() []float32) *Snapshot {
	var ids []int64
	var data []float32
	for i := range n {
		ids, data = append(ids, int64(i)), append(data, vector()...)
	}
	return New(store.Model{Digest: "d", Name: "n", Dim: 100}, 1, ids, data)
}

// Codes that a sample says nothing about are all worth a look: here every row but the sampled ones is the same.
func TestCodesOfEqualRows(t *testing.T) {
	q := newQuantized(slices.Repeat([]float32{1}, 64))
	codes := make([]uint64, 2*4096)
	for i := range sampled {
		codes[2*(4096*i/sampled)] = ^uint64(0)
	}
	if rows := q.candidates(codes, 1100); len(rows) != 4096 {
		t.Errorf("%d rows", len(rows))
	}
}

// However it is counted, an estimate is the sum of the query's numbers at the places that are set.
func TestEstimates(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, dim := range []int{1, 63, 64, 100, 128, 384, 1024, 4096} {
		query := make([]float32, dim)
		for i := range query {
			query[i] = float32(r.IntN(15) - 7)
		}
		query[0] = -7 // so that the numbers are their own four bits
		q := newQuantized(query)
		const rows = 50
		codes := make([]uint64, rows*q.words())
		for i := range codes {
			codes[i] = r.Uint64() & r.Uint64()
		}
		copy(codes, slices.Repeat([]uint64{^uint64(0)}, q.words()))
		want := make([]int32, rows)
		for i := range want {
			for at, x := range query {
				high, low := i*q.words()+at/64, i*q.words()+q.words()/2+at/64
				want[i] += int32(x) * int32(2*(codes[high]>>(at%64)&1)+codes[low]>>(at%64)&1)
			}
		}
		got, plain := make([]int32, rows), make([]int32, rows)
		q.estimate(got, codes)
		q.estimateGo(plain, codes)
		if !slices.Equal(got, want) || !slices.Equal(plain, want) {
			t.Errorf("%d numbers: got %v, by Go alone %v, want %v", dim, got, plain, want)
		}
	}
}

// BenchmarkNearest finds the hundred nearest of 100,000 vectors without any order, the hardest there are, by codes and by an exact
// scan, and tells how often the first ten are the same.
func BenchmarkNearest(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 9))
	v := snapshotOf(100_000, func() []float32 { return unit(r) })
	for name, exact := range map[string]int{"codes": ExactRows, "exact": v.Len()} {
		b.Run(name, func(b *testing.B) {
			same, asked := 0, 0
			for b.Loop() {
				query := unit(r)
				got := v.nearest(query, 100, nil, exact)
				b.StopTimer()
				if slices.Equal(got[:10], v.nearest(query, 10, nil, v.Len())) {
					same++
				}
				asked++
				b.StartTimer()
			}
			b.ReportMetric(100*float64(same)/float64(asked), "%-same-top-10")
		})
	}
}
