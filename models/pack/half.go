package pack

import "math/bits"

// toHalf returns the float16 that has exactly the value of the float32 with these bits, and whether there is one.
// A NaN has none unless its payload fits, so that the round trip keeps every bit.
func toHalf(f uint32) (uint16, bool) {
	sign, exp, man := uint16(f>>16)&0x8000, int(f>>23)&0xff, f&0x7fffff
	switch {
	case exp == 0xff: // infinity and NaN
		return sign | 0x7c00 | uint16(man>>13), man&0x1fff == 0
	case exp == 0: // float32 subnormals lie far below the least float16
		return sign, man == 0
	case exp >= 113 && exp <= 142: // 2^-14 up to the greatest float16
		return sign | uint16(exp-112)<<10 | uint16(man>>13), man&0x1fff == 0
	case exp >= 103 && exp < 113: // float16 subnormals: value = m * 2^-24
		man |= 0x800000
		shift := 126 - exp
		return sign | uint16(man>>shift), man&(1<<shift-1) == 0
	}
	return 0, false
}

// fromHalf returns the bits of the float32 that has the value of the float16 with these bits.
func fromHalf(h uint16) uint32 {
	sign, exp, man := uint32(h&0x8000)<<16, uint32(h>>10)&0x1f, uint32(h&0x3ff)
	switch {
	case exp == 0x1f:
		return sign | 0x7f800000 | man<<13
	case exp != 0:
		return sign | (exp+112)<<23 | man<<13
	case man == 0:
		return sign
	}
	shift := bits.LeadingZeros32(man) - 21 // brings the leading one to bit 10
	return sign | uint32(113-shift)<<23 | (man<<shift&0x3ff)<<13
}

// halfTable holds fromHalf of every float16; it makes unpacking run at the speed of memory.
func halfTable() *[1 << 16]uint32 {
	t := new([1 << 16]uint32)
	for i := range t {
		t[i] = fromHalf(uint16(i))
	}
	return t
}
