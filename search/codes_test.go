package search

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
			view := viewOf(t, 8000, func() []float32 {
				v := unit(r)[:100]
				for i := range v {
					v[i] += tt.common * float32(i%3)
				}
				return v
			})
			same, found := 0, 0
			for range 100 {
				n := &neighbours{view: view, query: unit(r)[:100]}
				n.scan(10, view.Len())
				want := n.best
				n.scan(10, 0)
				if slices.Equal(want, n.best) {
					same++
				}
				for _, m := range n.best {
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

// viewOf is a view of n vectors of 100 numbers.
func viewOf(t *testing.T, n int, vector func() []float32) *store.View {
	t.Helper()
	batch := store.Batch{Vectors: map[string][]float32{}, Model: store.Model{Digest: "d", Name: "n", Dim: 100}}
	p := store.Put{Note: store.Note{ID: "a.md"}}
	for i := range n {
		text := letters(uint64(i))
		p.Chunks = append(p.Chunks, store.Chunk{Seq: i, Hash: text, Text: text})
		batch.Vectors[text] = vector()
	}
	batch.Puts = []store.Put{p}
	st := vault(t)
	if err := st.Apply(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	view, err := st.View(t.Context(), "d")
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// Codes that a sample says nothing about are all worth a look: here every row but the sampled ones is the same.
func TestCodesOfEqualRows(t *testing.T) {
	p := newPlanes(slices.Repeat([]float32{1}, 64))
	codes := make([]uint64, 2*4096)
	for i := range sampled {
		codes[2*(4096*i/sampled)] = ^uint64(0)
	}
	rows := p.likely(codes, 1100)
	if len(rows) != 4096 {
		t.Errorf("%d rows", len(rows))
	}
}
