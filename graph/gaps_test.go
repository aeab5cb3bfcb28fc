package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"amalfa/notes"
	"amalfa/store"
)

// A plain is a vault as the definition of a gap sees it: all pairs, one by one.
type plain struct {
	vectors [][]float64
	linked  [][]bool
	tags    []int // one a note, 0 for none
}

// generatePlain makes notes in groups, with vectors around the middle of each.
func generatePlain(seed uint64, n, dim int) plain {
	rnd := rand.New(rand.NewPCG(seed, 2))
	p := plain{tags: make([]int, n)}
	middles := make([][]float64, 9)
	for i := range middles {
		middles[i] = randomVector(rnd, dim)
	}
	for i := range n {
		p.linked = append(p.linked, make([]bool, n))
		v := randomVector(rnd, dim)
		for d := range v {
			v[d] = float64(float32(v[d]*0.7 + middles[i%len(middles)][d]))
		}
		p.vectors = append(p.vectors, unit(v))
		p.tags[i] = rnd.IntN(40)
	}
	for range 3 * n {
		a, b := rnd.IntN(n), rnd.IntN(n)
		if rnd.IntN(3) > 0 {
			b = (a + len(middles)*rnd.IntN(n/len(middles))) % n
		}
		p.linked[a][b], p.linked[b][a] = a != b, a != b
	}
	return p
}

func randomVector(rnd *rand.Rand, dim int) []float64 {
	v := make([]float64, dim)
	for i := range v {
		v[i] = rnd.NormFloat64()
	}
	return v
}

func unit(v []float64) []float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	for i := range v {
		v[i] /= math.Sqrt(sum)
	}
	return v
}

func (p plain) cosine(a, b int) (sum float64) {
	for i := range p.vectors[a] {
		sum += p.vectors[a][i] * p.vectors[b][i]
	}
	return sum
}

func (p plain) degree(a int) (d float64) {
	for _, l := range p.linked[a] {
		if l {
			d++
		}
	}
	return d
}

func (p plain) nearest(a int) []int {
	var all []int
	for b := range p.vectors {
		if a != b {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(x, y int) int { return int(math.Copysign(1, p.cosine(a, y)-p.cosine(a, x))) })
	return all[:mostNearest]
}

// scores are those of all pairs that no link joins.
func (p plain) scores() map[[2]int]float64 {
	rarity, near, holders := []float64{}, [][]int{}, map[int]float64{}
	for a := range p.vectors {
		rarity, near = append(rarity, 1/math.Log(p.degree(a))), append(near, p.nearest(a))
		holders[p.tags[a]]++
	}
	out := map[[2]int]float64{}
	for b := range p.vectors {
		for a := range b {
			if p.linked[a][b] {
				continue
			}
			x := 0.0
			for k := range p.vectors {
				if p.linked[a][k] && p.linked[b][k] {
					x += linkWeight * rarity[k]
				}
			}
			for _, way := range [][2]int{{a, b}, {b, a}} {
				for _, k := range near[way[0]] {
					if p.linked[k][way[1]] {
						x += alikeWeight / mostNearest * rarity[k]
					}
				}
			}
			if p.tags[a] == p.tags[b] && p.tags[a] > 0 {
				x += tagWeight / math.Log(holders[p.tags[a]])
			}
			out[[2]int{a, b}] = 1 - (1-p.cosine(a, b))*math.Exp(-x)
		}
	}
	return out
}

func (p plain) index(t testing.TB) index {
	x := newIndex(t)
	b := store.Batch{Model: store.Model{Digest: "p", Name: "planted", Dim: len(p.vectors[0])}, Vectors: map[string][]float32{}}
	name := func(i int) string { return fmt.Sprintf("n%04d", i) }
	for i, v := range p.vectors {
		put := store.Put{Note: store.Note{ID: name(i), Hash: name(i)}, Chunks: []store.Chunk{{Hash: name(i), Text: name(i)}}}
		for _, x := range v {
			b.Vectors[name(i)] = append(b.Vectors[name(i)], float32(x))
		}
		for j, linked := range p.linked[i] {
			if linked && i < j {
				put.Edges = append(put.Edges, store.Edge{Type: "LINKS_TO", Target: name(j), Rule: notes.ByPath})
			}
		}
		if p.tags[i] > 0 {
			put.Edges = append(put.Edges, store.Edge{Type: taggedAs, Target: fmt.Sprintf("tag:t%d", p.tags[i])})
		}
		b.Puts = append(b.Puts, put)
	}
	if err := x.st.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := x.st.SetActiveModel(t.Context(), b.Model); err != nil {
		t.Fatal(err)
	}
	return x
}

// TestGapsAgainstEveryPair compares with the definition, over enough notes for several blocks.
func TestGapsAgainstEveryPair(t *testing.T) {
	p := generatePlain(1, 2*block+37, 24)
	const threshold = 0.5
	var want []float64
	for _, score := range p.scores() {
		if score >= threshold {
			want = append(want, score)
		}
	}
	slices.SortFunc(want, func(x, y float64) int { return int(math.Copysign(1, y-x)) })
	x := p.index(t)
	for _, limit := range []int{10, 5000} {
		got, err := Gaps(t.Context(), x.st, GapOptions{Limit: limit, Threshold: threshold})
		if err != nil || got.Total != len(want) || len(got.Gaps) != min(len(want), limit) {
			t.Fatalf("%d gaps shown of %d, want %d, %v", len(got.Gaps), got.Total, len(want), err)
		}
		for i, g := range got.Gaps {
			if math.Abs(g.Score-want[i]) > 1e-5 {
				t.Fatalf("gap %d of %d has score %v, want %v", i, limit, g.Score, want[i])
			}
		}
	}
}
