package vectors

import (
	"encoding/binary"
	"fmt"
	"math"

	"amalfa/store"
)

// SquaredNorm is the squared length; NaN or +Inf when a value is.
func SquaredNorm(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum
}

// Encode gives the blob of a vector at unit length. One that is within rounding of it is stored bit for bit.
func Encode(v []float32) []byte {
	scale := float32(1)
	if n := math.Sqrt(SquaredNorm(v)); math.Abs(n-1) > 1e-4 {
		scale = float32(1 / n)
	}
	data := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(x*scale))
	}
	return data
}

// Decode reads what Encode wrote into dst, of the model's dimension. It returns ErrCorrupt for a blob of another length.
func Decode(dst []float32, data []byte) error {
	if len(data) != 4*len(dst) {
		return fmt.Errorf("%w: a vector of %d bytes, want %d", store.ErrCorrupt, len(data), 4*len(dst))
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return nil
}
