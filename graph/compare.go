package graph

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// block is how many notes are compared with how many at once: two blocks and their product stay in a core's cache.
const block = 256

// mostNearest is how many notes count as those that say what a note says; in a small vault it is a tenth of the notes.
const mostNearest = 8

func workers() int { return runtime.GOMAXPROCS(0) }

// nearestNotes has the rows nearest to each row, best first. Its locks are for blocks of rows.
type nearestNotes struct {
	k       int
	rows    []int32
	cosines []float32
	locks   []sync.Mutex
}

func newNearestNotes(rows int) nearestNotes {
	n := nearestNotes{k: min(mostNearest, rows/10)}
	n.rows, n.cosines, n.locks = make([]int32, rows*n.k), make([]float32, rows*n.k), make([]sync.Mutex, rows/block+1)
	for i := range n.rows {
		n.rows[i], n.cosines[i] = -1, -2
	}
	return n
}

// of are the rows nearest to a row; fewer than k before all were compared.
func (n *nearestNotes) of(row int) []int32 {
	near := n.rows[row*n.k : (row+1)*n.k]
	if end := slices.Index(near, -1); end >= 0 {
		return near[:end]
	}
	return near
}

// floor is the cosine that one must have to be among the nearest of a row.
func (n *nearestNotes) floor(row int) float32 { return n.cosines[(row+1)*n.k-1] }

// add puts a row where it belongs among the nearest of another one, ties by row.
func (n *nearestNotes) add(row, near int, cosine float32) {
	rows, cosines := n.rows[row*n.k:(row+1)*n.k], n.cosines[row*n.k:(row+1)*n.k]
	at := n.k
	for at > 0 && (cosine > cosines[at-1] || cosine == cosines[at-1] && int32(near) < rows[at-1]) {
		at--
	}
	if at == n.k {
		return
	}
	copy(rows[at+1:], rows[at:])
	copy(cosines[at+1:], cosines[at:])
	rows[at], cosines[at] = int32(near), cosine
}

// offer shows it the product of two blocks that begin at rows i and j, cols wide.
func (n *nearestNotes) offer(i, j, cols int, product []float32) {
	if n.k == 0 {
		return
	}
	n.each(i, len(product)/cols, func(x int) {
		for y, c := range product[x*cols : (x+1)*cols] {
			if c >= n.floor(i+x) && i+x != j+y {
				n.add(i+x, j+y, c)
			}
		}
	})
	if i == j {
		return // both ends are rows of this block
	}
	lock := &n.locks[j/block]
	lock.Lock()
	defer lock.Unlock()
	for at, c := range product {
		if y := j + at%cols; c >= n.floor(y) {
			n.add(y, i+at/cols, c)
		}
	}
}

func (n *nearestNotes) each(i, rows int, visit func(x int)) {
	lock := &n.locks[i/block]
	lock.Lock()
	defer lock.Unlock()
	for x := range rows {
		visit(x)
	}
}

// compareAll compares every pair once, the products of blocks on and above the diagonal, and learns which notes are nearest to each.
func (s *seeker) compareAll(ctx context.Context) (finds, error) {
	linked := s.linkedRows()
	blocks := (s.means.rows + block - 1) / block
	return s.share(ctx, blocks, func(next func() int, f *finds) {
		var product []float32
		for at := next(); at >= 0; at = next() {
			s.report(at, blocks)
			i := at * block
			for j := i; j < s.means.rows && ctx.Err() == nil; j += block {
				product = cosines(s.means.slice(i, min(i+block, s.means.rows)), s.means.slice(j, min(j+block, s.means.rows)), product)
				s.nearest.offer(i, j, min(block, s.means.rows-j), product)
				s.offerBlock(linked, i, j, product, f)
			}
		}
	})
}

// report tells how many comparisons are done when the first done of all blocks are.
func (s *seeker) report(done, blocks int) {
	if s.progress != nil {
		rows, left := s.means.rows, blocks-done
		all := blocks * blocks
		s.progress(int(float64(all-left*left)/float64(all)*float64(rows*rows/2)), rows*rows/2)
	}
}

// linkedRows has for each row those that it is linked with, ascending.
func (s *seeker) linkedRows() [][]int32 {
	linked := make([][]int32, s.means.rows)
	for row, node := range s.nodes {
		if node < 0 {
			continue
		}
		for _, near := range s.both.of(int(node)) {
			if s.rows[near] >= 0 {
				linked[row] = append(linked[row], s.rows[near])
			}
		}
		slices.Sort(linked[row])
	}
	return linked
}

// offerBlock offers the pairs of the product of two blocks that begin at rows i and j, but for those that a link joins.
func (s *seeker) offerBlock(linked [][]int32, i, j int, product []float32, f *finds) {
	cols := min(block, s.means.rows-j)
	least := float32(s.threshold)
	for x := i; (x-i)*cols < len(product); x++ {
		if s.nodes[x] < 0 || !s.among(s.nodes[x]) {
			continue
		}
		row := product[(x-i)*cols : (x-i+1)*cols]
		first, _ := slices.BinarySearch(linked[x], int32(j))
		for _, y := range linked[x][first:] {
			if int(y) >= j+cols {
				break
			}
			row[int(y)-j] = -2
		}
		for y := max(x+1, j); y < j+cols; y++ { // above the diagonal
			if c := row[y-j]; c >= least && c > -2 && s.nodes[y] >= 0 && s.among(s.nodes[y]) {
				a, b := s.nodes[x], s.nodes[y]
				f.add(pair{a: min(a, b), b: max(a, b), cosine: min(c, 1), score: float64(min(c, 1))})
			}
		}
	}
}
