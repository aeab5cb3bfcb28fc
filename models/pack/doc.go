// Package pack stores an fp32 ONNX model in half its size without losing a bit.
//
// Many published fp32 models hold weights that were trained in half precision, so that every float32 in them is
// exactly a float16. Pack finds the float tensors of the file's graph, and writes each stretch of them whose
// values all survive the round trip as float16; all other bytes are kept as they are. Unpacking gives back the
// original file, byte for byte; callers hold it against the original's digest.
//
// The format is the magic "AMPK1\n" and then segments until the end. A segment is a kind byte, its number of
// original bytes as an unsigned varint, and the payload: the bytes themselves for kind 0 (at most 1 GiB), or for
// kind 1 the high bytes of the float16 values and then their low bytes (at most 4 MiB of original bytes; the
// exponents, kept together in stretches longer than zstd's blocks of 128 KiB, compress better: 57.8 MB for
// bge-small instead of 60.8 MB).
package pack

const magic = "AMPK1\n"

const (
	kindRaw  = 0
	kindHalf = 1
)

const (
	maxRaw  = 1 << 30
	maxHalf = 4 << 20 // original bytes; a segment of 1 Mi float32
)
