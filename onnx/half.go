package onnx

import (
	"encoding/binary"
	"math"
)

// widen turns little-endian IEEE 754 half-precision numbers into float32.
func widen(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = fromHalf(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

func fromHalf(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent, fraction := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch exponent {
	case 0: // zero and subnormal: fraction × 2⁻²⁴, exact in float32
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)/(1<<24)))
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
