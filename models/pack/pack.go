// Package pack stores an fp32 ONNX model in half its size without losing a bit.
//
// Many published fp32 models hold weights that were trained in half precision, so that every float32 in them is
// exactly a float16. Pack finds the float tensors of the file's graph, and writes each stretch of them whose
// values all survive the round trip as float16; all other bytes are kept as they are. Unpacking gives back the
// original file, byte for byte; callers hold it against the original's digest.
//
// The format is the magic "AMPK1\n" and then segments until the end. A segment is a kind byte, its number of original bytes
// as an unsigned varint, and the payload: the bytes themselves for kind 0 (at most 1 GiB), or for kind 1 the high bytes of
// the float16 values and then their low bytes (at most 4 MiB of original bytes; the exponents, kept together in stretches
// longer than zstd's blocks of 128 KiB, compress better: 57.8 MB for bge-small instead of 60.8 MB).
package pack

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// Pack writes the packed form of an ONNX model to w. A file that is not protobuf is an error; one without
// float tensors is stored as it is.
func Pack(w io.Writer, model []byte) error {
	spans, err := floatSpans(model)
	if err != nil {
		return fmt.Errorf("pack model: %w", err)
	}
	p := packer{w: bufio.NewWriterSize(w, 1<<20), model: model}
	io.WriteString(p.w, magic) // bufio keeps the first error for Flush
	for _, s := range spans {
		for at := s.start; at < s.end; at += maxHalf {
			p.floats(span{at, min(at+maxHalf, s.end)})
		}
	}
	p.rawUpTo(len(model))
	return p.w.Flush()
}

type packer struct {
	w     *bufio.Writer
	model []byte
	done  int // bytes of the model that are written
}

// floats writes s as half precision when that loses nothing; else it stays part of the raw bytes around it.
func (p *packer) floats(s span) {
	n := (s.end - s.start) / 4
	planes := make([]byte, 2*n)
	for i := range n {
		h, ok := toHalf(binary.LittleEndian.Uint32(p.model[s.start+4*i:]))
		if !ok {
			return
		}
		planes[i], planes[n+i] = byte(h>>8), byte(h)
	}
	p.rawUpTo(s.start)
	p.header(kindHalf, s.end-s.start)
	p.w.Write(planes)
	p.done = s.end
}

func (p *packer) rawUpTo(end int) {
	for p.done < end {
		n := min(end-p.done, maxRaw)
		p.header(kindRaw, n)
		p.w.Write(p.model[p.done : p.done+n])
		p.done += n
	}
}

func (p *packer) header(kind byte, n int) {
	p.w.WriteByte(kind)
	p.w.Write(binary.AppendUvarint(nil, uint64(n)))
}

const magic = "AMPK1\n"

const (
	kindRaw  = 0
	kindHalf = 1
)

const (
	maxRaw  = 1 << 30
	maxHalf = 4 << 20 // original bytes; a segment of 1 Mi float32
)

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
