package vectors

import (
	"math"
	"math/bits"
	"slices"
)

// quantized is a query's numbers as four-bit integers in two's complement, laid out to be compared with codes.
type quantized struct {
	// planes hold one bit of 64 numbers in each word.
	planes [][4]uint64
	// groups are the same for four words of a row's code at a time, high bits and low ones. They are nil where no instruction
	// takes four words.
	groups []group
}

// group is what four words of a code are compared with.
type group struct {
	planes [4][4]uint64
	shift  [4]uint64 // 1 where the words are high bits, which count twice
}

func newQuantized(query []float32) *quantized {
	most := 0.0
	for _, x := range query {
		most = max(most, math.Abs(float64(x)))
	}
	q := &quantized{planes: make([][4]uint64, (len(query)+63)/64)}
	for i, x := range query {
		n := uint(int(math.Round(float64(x) / max(most, 1e-30) * 7)))
		for b := range 4 {
			q.planes[i/64][b] |= uint64(n>>b&1) << (i % 64)
		}
	}
	if hasAVX2 && q.words()%4 == 0 {
		q.groups = q.grouped()
	}
	return q
}

// words is the number of words of a row's code.
func (q *quantized) words() int { return 2 * len(q.planes) }

func (q *quantized) grouped() []group {
	groups := make([]group, q.words()/4)
	for i := range q.words() {
		g := &groups[i/4]
		for b, word := range q.planes[i%len(q.planes)] {
			g.planes[b][i%4] = word
		}
		if i < len(q.planes) {
			g.shift[i%4] = 1
		}
	}
	return groups
}

// estimate guesses how near each row of some codes is, on a scale of the query's own: it adds up the query's numbers at the
// places that are set, twice for the high bits.
func (q *quantized) estimate(dst []int32, codes []uint64) {
	codes = codes[:len(dst)*q.words()]
	if q.groups != nil && len(dst) > 0 {
		estimateAVX2(&dst[0], &codes[0], len(dst), len(q.groups), &q.groups[0])
		return
	}
	q.estimateGo(dst, codes)
}

func (q *quantized) estimateGo(dst []int32, codes []uint64) {
	half := len(q.planes)
	for i := range dst {
		code := codes[i*2*half : (i+1)*2*half]
		dst[i] = int32(2*q.sum(code[:half]) + q.sum(code[half:]))
	}
}

func (q *quantized) sum(code []uint64) int {
	n := 0
	for i, w := range code[:len(q.planes)] {
		p := &q.planes[i]
		n += bits.OnesCount64(p[0]&w) + 2*bits.OnesCount64(p[1]&w) + 4*bits.OnesCount64(p[2]&w) - 8*bits.OnesCount64(p[3]&w)
	}
	return n
}

// codeWords is the number of words of a row's code.
func codeWords(dim int) int { return 2 * ((dim + 63) / 64) }

// codeStep is the width of the four steps in which a code tells a number of standard deviation 1: it loses least of a normal
// distribution (J. Max, Quantizing for minimum distortion, 1960).
const codeStep = 0.996

// codesOf tells in two bits how far each number lies from the mean of its place: 0 to 3, for below -step, below 0, below step, and
// the rest; first all high bits of a row, then all low ones. What all vectors have in common says nothing about which are nearest,
// and models' vectors have much in common.
func codesOf(data []float32, dim int) []uint64 {
	if dim == 0 || len(data) == 0 {
		return nil
	}
	words := codeWords(dim)
	mean, deviation := moments(data, dim)
	step := float32(codeStep * deviation)
	codes := make([]uint64, len(data)/dim*words)
	for row := range len(data) / dim {
		code := codes[row*words : (row+1)*words]
		for i, x := range data[row*dim : (row+1)*dim] {
			x -= mean[i]
			bit := uint64(1) << (i % 64)
			if x >= 0 {
				code[i/64] |= bit
			}
			if x >= step || x < 0 && x >= -step {
				code[words/2+i/64] |= bit
			}
		}
	}
	return codes
}

// moments returns the mean of each place and the standard deviation from it over all.
func moments(data []float32, dim int) (mean []float32, deviation float64) {
	sums, squares := make([]float64, dim), 0.0
	for start := 0; start < len(data); start += dim {
		for i, x := range data[start : start+dim] {
			sums[i] += float64(x)
			squares += float64(x) * float64(x)
		}
	}
	rows := float64(len(data) / dim)
	mean = make([]float32, dim)
	for i, sum := range sums {
		mean[i] = float32(sum / rows)
		squares -= sum * sum / rows
	}
	return mean, math.Sqrt(max(0, squares) / float64(len(data)))
}

// Scalar quantization with rescoring: the codes of all rows, two bits a number, are compared with the query at four bits a number,
// which estimates a cosine with a correlation of 0.93 where the numbers are normal. The rows with the best estimates, rescore
// times the square root of all, are then compared in full. That is enough because the nearest stand out the more, the more rows
// there are: ten of 100,000 lie above 3.7 standard deviations, ten of a million above 4.3. BenchmarkNearest counts how often the
// ten nearest are those of an exact scan.
const rescore = 4

const (
	sampled = 1024 // rows whose estimates set the threshold
	atOnce  = 256  // rows that are estimated at once
)

// candidates returns the rows of some codes that may be among the k nearest: those whose estimates reach a threshold. When the
// sample misled it, so that fewer than k did, it returns all.
func (q *quantized) candidates(codes []uint64, k int) []int {
	words := q.words()
	all := len(codes) / words
	want := max(2*k, int(rescore*math.Sqrt(float64(all))))
	threshold := q.threshold(codes, want)
	rows := make([]int, 0, 2*want)
	var estimates [atOnce]int32
	for first := 0; first < all; first += atOnce {
		last := min(first+atOnce, all)
		q.estimate(estimates[:last-first], codes[first*words:last*words])
		for i, e := range estimates[:last-first] {
			if e >= threshold {
				rows = append(rows, first+i)
			}
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

// threshold is an estimate that about want of the rows reach, going by a sample of them.
func (q *quantized) threshold(codes []uint64, want int) int32 {
	words := q.words()
	all := len(codes) / words
	n := min(sampled, all)
	sample := make([]int32, n)
	for i := range n {
		row := all * i / n
		q.estimate(sample[i:i+1], codes[row*words:(row+1)*words])
	}
	slices.Sort(sample)
	return sample[max(0, min(n-n*want/all, n-1))]
}
