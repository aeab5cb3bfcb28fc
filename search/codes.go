package search

import (
	"math"
	"slices"
)

// Above exactRows vectors, their codes choose which are compared in full: rescore times the square root of the rows. Two bits a
// number against four bits of the question's estimate a cosine with a correlation of 0.93 where the numbers are normal, and the
// nearest stand out the more, the more rows there are: ten of 100,000 lie above 3.7 standard deviations, ten of a million above
// 4.3. BenchmarkSearch counts how often the ten nearest are those of an exact scan.
const (
	exactRows = 50_000
	rescore   = 4
)

const (
	sampled = 1024 // rows that set the bar
	atOnce  = 256  // rows that are estimated at once
)

// likely returns which rows of some codes may be among the k nearest. When the sample misled it, so that fewer came through, it
// returns all.
func (q *quantized) likely(codes []uint64, k int) []int {
	words := q.words()
	all := len(codes) / words
	want := max(2*k, int(rescore*math.Sqrt(float64(all))))
	bar := q.bar(codes, want)
	rows := make([]int, 0, 2*want)
	var estimates [atOnce]int32
	for first := 0; first < all; first += atOnce {
		last := min(first+atOnce, all)
		q.estimate(estimates[:last-first], codes[first*words:last*words])
		for i, e := range estimates[:last-first] {
			if e >= bar {
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

// bar is an estimate that about want of the rows reach, going by a sample of them.
func (q *quantized) bar(codes []uint64, want int) int32 {
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
