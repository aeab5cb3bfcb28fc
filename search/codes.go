package search

import (
	"math"
	"math/bits"
	"slices"
)

// Above exactRows vectors, their codes choose in two steps which are compared in full. The sign of each number, against four bits
// of the question's, estimates a cosine with a correlation of 0.79 where the numbers are normal, and keeps one row in signShare;
// with a second bit it is 0.93, and keeps rescore times the square root of the rows. The nearest stand out the more, the more rows
// there are: ten of 100,000 lie above 3.7 standard deviations, ten of a million above 4.3. BenchmarkSearch/Codes counts how often
// the ten nearest are those of an exact scan.
const (
	exactRows = 50_000
	signShare = 4
	rescore   = 6
)

// planes are a question's numbers as four-bit integers in two's complement: for each 64 of them, one bit of all in each word.
type planes [][4]uint64

func newPlanes(query []float32) planes {
	most := 0.0
	for _, x := range query {
		most = max(most, math.Abs(float64(x)))
	}
	p := make(planes, (len(query)+63)/64)
	for i, x := range query {
		n := uint(int(math.Round(float64(x) / max(most, 1e-30) * 7)))
		for b := range 4 {
			p[i/64][b] |= uint64(n>>b&1) << (i % 64)
		}
	}
	return p
}

// sum adds up the question's numbers at the places of a row that are set.
func (p planes) sum(row []uint64) int {
	n := 0
	for i, w := range row[:len(p)] {
		q := &p[i]
		n += bits.OnesCount64(q[0]&w) + 2*bits.OnesCount64(q[1]&w) + 4*bits.OnesCount64(q[2]&w) - 8*bits.OnesCount64(q[3]&w)
	}
	return n
}

// sieve are the estimates with which a row passes each of the two steps: by the signs alone, and by both bits.
type sieve struct{ signs, both int }

// sampled is the number of rows that set a sieve.
const sampled = 1024

// newSieve lets about want of the rows of some codes through, going by a sample of them.
func (p planes) newSieve(codes []uint64, want int) sieve {
	words := len(p)
	rows := len(codes) / (2 * words)
	n := min(sampled, rows)
	signs, both := make([]int, n), make([]int, n)
	for i := range n {
		code := codes[rows*i/n*2*words:]
		signs[i] = p.sum(code[:words])
		both[i] = 2*signs[i] + p.sum(code[words:2*words])
	}
	return sieve{least(signs, max(n/signShare, n*want/rows)), least(both, n*want/rows)}
}

// least is the least of the n greatest values; n is bounded by their number. It sorts them.
func least(values []int, n int) int {
	slices.Sort(values)
	return values[max(0, min(len(values)-n, len(values)-1))]
}

// likely returns which rows of some codes may be among the k nearest. When the sample misled it, so that fewer came through, it
// returns all.
func (p planes) likely(codes []uint64, k int) []int {
	words := len(p)
	all := len(codes) / (2 * words)
	want := max(2*k, int(rescore*math.Sqrt(float64(all))))
	bars := p.newSieve(codes, want)
	rows := make([]int, 0, 2*want)
	for row := range all {
		code := codes[row*2*words : (row+1)*2*words]
		if signs := p.sum(code[:words]); signs >= bars.signs && 2*signs+p.sum(code[words:]) >= bars.both {
			rows = append(rows, row)
		}
	}
	if len(rows) >= min(k, all) {
		return rows
	}
	rows = rows[:0]
	for row := range all {
		rows = append(rows, row)
	}
	return rows
}
