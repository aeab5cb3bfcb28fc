package vectors

import "math"

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
