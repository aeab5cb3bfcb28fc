package search

import (
	"math/rand/v2"
	"slices"
	"testing"

	"amalfa/store"
)

// The ten nearest by codes are those of an exact scan, for vectors without any order, the hardest there are.
func TestCodesFindTheNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	batch := store.Batch{Vectors: map[string][]float32{}, Model: store.Model{Digest: "d", Name: "n", Dim: 100}}
	p := store.Put{Note: store.Note{ID: "a.md"}}
	for i := range 8000 {
		text := letters(uint64(i))
		p.Chunks = append(p.Chunks, store.Chunk{Seq: i, Hash: text, Text: text})
		batch.Vectors[text] = unit(r)[:100]
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
	// Measured 88 and 987 here: at a twentieth of exactRows the ten nearest stand out less, and 100 numbers say less than 384.
	if same < 80 || found < 970 {
		t.Errorf("the same ten in %d of 100 questions, %d of 1000 found", same, found)
	}
}
