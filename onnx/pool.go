package onnx

import (
	"errors"
	"fmt"
	"math"
)

// ErrNotFinite reports that a model answered with NaN or an infinity, which
// means that its weights or its arithmetic are broken.
var ErrNotFinite = errors.New("the model answered with numbers that are not finite")

// Pooling is the way from a row per token to one vector.
type Pooling int

const (
	CLS  Pooling = iota // the first token's row
	Mean                // the average of all rows
	Last                // the last token's row
)

// ParsePooling reads the names of the model catalogue: cls, mean, last.
func ParsePooling(name string) (Pooling, error) {
	switch name {
	case "cls":
		return CLS, nil
	case "mean":
		return Mean, nil
	case "last":
		return Last, nil
	}
	return 0, fmt.Errorf("unknown pooling %q: cls, mean and last exist", name)
}

// pool returns a vector of its own, so that out may be reused.
func pool(out Output, how Pooling) []float32 {
	vector := make([]float32, out.Width)
	switch {
	case how == Mean && out.Rows > 1:
		mean(vector, out)
	case how == Last:
		copy(vector, out.row(out.Rows-1))
	default:
		copy(vector, out.row(0))
	}
	return vector
}

// mean adds up in float64 and in the order of the tokens, so that the same
// text gives the same bytes on every machine.
func mean(vector []float32, out Output) {
	sums := make([]float64, out.Width)
	for i := range out.Rows {
		for j, v := range out.row(i) {
			sums[j] += float64(v)
		}
	}
	for j, sum := range sums {
		vector[j] = float32(sum / float64(out.Rows))
	}
}

// Normalize scales v to length one in place and leaves a zero vector alone.
// FastEmbed divides by max(length, 1e-12) in the same way
// (qdrant/fastembed:fastembed/common/utils.py, normalize).
func Normalize(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	scale := 1 / max(math.Sqrt(sum), 1e-12)
	for i, x := range v {
		v[i] = float32(float64(x) * scale)
	}
}

func finite(v []float32) bool {
	for _, x := range v {
		// The difference is NaN for NaN and both infinities, else zero.
		if x-x != 0 {
			return false
		}
	}
	return true
}
