package search

import (
	"math"
	"math/bits"

	"amalfa/store"
)

// Above exactRows vectors, their codes choose which are compared in full: one in rescoreShare of all. Two bits a number against
// four bits of the question estimate a cosine with a correlation of 0.93 where the numbers are normal. BenchmarkSearch/Codes
// counts how often the ten nearest are those of an exact scan.
const (
	exactRows    = 150_000
	rescoreShare = 64
)

// planes are a question's numbers as four-bit integers in two's complement, one bit of all of them in each plane.
type planes [4][]uint64

func newPlanes(query []float32) *planes {
	most := 0.0
	for _, x := range query {
		most = max(most, math.Abs(float64(x)))
	}
	p := &planes{}
	for b := range p {
		p[b] = make([]uint64, (len(query)+63)/64)
	}
	for i, x := range query {
		n := uint(int(math.Round(float64(x) / max(most, 1e-30) * 7)))
		for b := range p {
			p[b][i/64] |= uint64(n>>b&1) << (i % 64)
		}
	}
	return p
}

// estimate compares with one row's code. It is between -maxEstimate and maxEstimate for up to 1,365 numbers, and bounded by
// them beyond.
func (p *planes) estimate(code []uint64) int {
	words := len(p[0])
	p0, p1, p2, p3 := p[0][:words], p[1][:words], p[2][:words], p[3][:words]
	high, low := code[:words], code[words:2*words]
	var a, b int
	for i, h := range high {
		l := low[i]
		a += bits.OnesCount64(p0[i]&h) + 2*bits.OnesCount64(p1[i]&h) + 4*bits.OnesCount64(p2[i]&h) - 8*bits.OnesCount64(p3[i]&h)
		b += bits.OnesCount64(p0[i]&l) + 2*bits.OnesCount64(p1[i]&l) + 4*bits.OnesCount64(p2[i]&l) - 8*bits.OnesCount64(p3[i]&l)
	}
	return max(-maxEstimate, min(2*a+b, maxEstimate))
}

const maxEstimate = math.MaxInt16

// likely returns the rows of a part, from first to last, that may be among the nearest: those with the greatest estimates,
// one in rescoreShare and at least least, ties included.
func (p *planes) likely(part store.Part, first, last, least int) []int {
	words := 2 * len(p[0])
	estimates := make([]int16, last-first)
	histogram := make([]int, 2*maxEstimate+1)
	for i := range estimates {
		row := first + i
		e := p.estimate(part.Codes[row*words : (row+1)*words])
		estimates[i] = int16(e)
		histogram[e+maxEstimate]++
	}
	want, bar := max(least, (last-first)/rescoreShare), maxEstimate
	for n := histogram[bar+maxEstimate]; n < want && bar > -maxEstimate; n += histogram[bar+maxEstimate] {
		bar--
	}
	rows := make([]int, 0, want+want/4)
	for i, e := range estimates {
		if int(e) >= bar {
			rows = append(rows, first+i)
		}
	}
	return rows
}
