package vectors

import (
	"math"
	"math/bits"
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
