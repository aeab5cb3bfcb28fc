package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the CRC-32C of some parts, one after another. It tells any change of up to 32 bits in a row, so every single bit.
func Checksum(parts ...[]byte) uint32 {
	sum := uint32(0)
	for _, part := range parts {
		sum = crc32.Update(sum, castagnoli, part)
	}
	return sum
}

// Seal ends a blob with its checksum.
func Seal(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(body, Checksum(body))
}

// Unseal returns a sealed blob without its checksum, or ErrCorrupt.
func Unseal(data []byte) ([]byte, error) {
	n := len(data) - 4
	if n < 0 || Checksum(data[:n]) != binary.LittleEndian.Uint32(data[n:]) {
		return nil, fmt.Errorf("%w: %d bytes do not match their checksum", ErrCorrupt, len(data))
	}
	return data[:n], nil
}
