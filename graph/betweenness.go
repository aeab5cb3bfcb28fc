package graph

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// exactWork bounds what Betweenness counts exactly, in notes × (notes + links): 5,000 notes with 50,000 links, which takes some five
// seconds on two cores. Above, it looks from sampledNotes notes, which takes about one second for 20,000 with 200,000.
const (
	exactWork    = 300_000_000
	sampledNotes = 300
)

// A Betweenness is the share of the shortest paths between other notes that lead through each note, along the directions of links.
// Where it was sampled, Sampled is from how many notes, and Error the half-width of the 95 % confidence interval of the note
// for which it is largest.
type Betweenness struct {
	Values  []float64
	Sampled int // 0: exact
	Error   float64
}

// Betweenness counts as Brandes does, normalised by the (n-1)(n-2) pairs of other notes. It is exact up to exactWork, or always. Two runs give the
// same numbers: parts are summed in one order, and the sample has a fixed seed.
//
// Not gonum's network.Betweenness, which sums in the order of a map, so that two runs differ.
func (n *Network) Betweenness(ctx context.Context, exact bool) (Betweenness, error) {
	size := n.out.nodes()
	sources := make([]int32, size)
	for i := range sources {
		sources[i] = int32(i)
	}
	if exact || size*(size+n.out.links()) <= exactWork {
		sum, _, err := n.dependencies(ctx, sources)
		return Betweenness{Values: normalised(sum, size, size)}, err
	}
	rnd := rand.New(rand.NewPCG(1, 0)) // #nosec G404 -- the same order on every run, no secret
	rnd.Shuffle(size, func(i, j int) { sources[i], sources[j] = sources[j], sources[i] })
	sources = sources[:sampledNotes]
	slices.Sort(sources)
	sum, squares, err := n.dependencies(ctx, sources)
	return Betweenness{normalised(sum, size, len(sources)), len(sources), sampleError(sum, squares, size, len(sources))}, err
}

// normalised scales sums of dependencies on some sources to all of them, and to pairs.
func normalised(sum []float64, size, sources int) []float64 {
	if size > 2 {
		for i := range sum {
			sum[i] *= float64(size) / float64(sources) / (float64(size-1) * float64(size-2))
		}
	}
	return sum
}

// sampleError is 1.96 standard errors of the mean of a sample without replacement, of the worst note. sum is normalised.
func sampleError(sum, squares []float64, size, sources int) (worst float64) {
	k, n := float64(sources), float64(size)
	pairs := (n - 1) * (n - 2)
	for i := range sum {
		mean := sum[i] * pairs / n // of one source
		variance := max(squares[i]/k-mean*mean, 0) * k / (k - 1)
		worst = max(worst, 1.96*math.Sqrt(variance/k*(1-k/n))*n/pairs)
	}
	return worst
}

// batch is how many sources are counted together. It decides the order of sums, so it must not depend on the machine.
const batch = 64

// dependencies sums, over sources, how much of the shortest paths from each lead through each note, and the squares of that.
func (n *Network) dependencies(ctx context.Context, sources []int32) (sum, squares []float64, err error) {
	size := n.out.nodes()
	sum, squares = make([]float64, size), make([]float64, size)
	parts := (len(sources) + batch - 1) / batch
	results := make([]chan [2][]float64, parts)
	for i := range results {
		results[i] = make(chan [2][]float64, 1)
	}
	var running sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0)) // of parts that are not summed yet
	running.Go(func() {
		for i, result := range results {
			slots <- struct{}{}
			running.Go(func() {
				b := newBrandes(n.out)
				for _, s := range sources[i*batch : min((i+1)*batch, len(sources))] {
					if ctx.Err() == nil {
						b.from(s)
					}
				}
				result <- [2][]float64{b.sum, b.squares}
			})
		}
	})
	for _, result := range results {
		part := <-result
		<-slots
		for i := range sum {
			sum[i] += part[0][i]
			squares[i] += part[1][i]
		}
	}
	running.Wait()
	return sum, squares, ctx.Err()
}

// brandes is the state of one walk after the other: Brandes, A Faster Algorithm for Betweenness Centrality (2001).
type brandes struct {
	links        adjacency
	sum, squares []float64
	distance     []int32 // -1 where the walk has not been
	paths        []float64
	depends      []float64
	order        []int32 // as reached
}

func newBrandes(links adjacency) *brandes {
	size := links.nodes()
	b := &brandes{links: links, sum: make([]float64, size), squares: make([]float64, size), distance: make([]int32, size),
		paths: make([]float64, size), depends: make([]float64, size)}
	for i := range b.distance {
		b.distance[i] = -1
	}
	return b
}

// from walks from one source and adds what depends on each note.
func (b *brandes) from(source int32) {
	b.order = append(b.order[:0], source)
	b.distance[source], b.paths[source] = 0, 1
	for i := 0; i < len(b.order); i++ {
		v := b.order[i]
		for _, w := range b.links.of(int(v)) {
			if b.distance[w] < 0 {
				b.distance[w] = b.distance[v] + 1
				b.order = append(b.order, w)
			}
			if b.distance[w] == b.distance[v]+1 {
				b.paths[w] += b.paths[v]
			}
		}
	}
	for _, v := range slices.Backward(b.order) {
		for _, w := range b.links.of(int(v)) {
			if b.distance[w] == b.distance[v]+1 {
				b.depends[v] += b.paths[v] / b.paths[w] * (1 + b.depends[w])
			}
		}
		if v != source {
			b.sum[v] += b.depends[v]
			b.squares[v] += b.depends[v] * b.depends[v]
		}
	}
	for _, v := range b.order {
		b.distance[v], b.paths[v], b.depends[v] = -1, 0, 0
	}
}
