package cache

import (
	"bytes"
	"crypto/sha256"
)

// sumSize is how many bytes of a SHA-256 stand before a stored value. It is
// there against disks and crashes, not against people.
const sumSize = 8

// seal puts a checksum over key and value before the value, so that neither a
// damaged value nor one that a damaged index leads to can pass for another.
func seal(key Key, value []byte) []byte {
	return append(sum(key, value), value...)
}

// unseal returns the value, unless its checksum says that it is not the key's.
func unseal(key Key, stored []byte) ([]byte, bool) {
	if len(stored) < sumSize {
		return nil, false
	}
	value := stored[sumSize:]
	return value, bytes.Equal(stored[:sumSize], sum(key, value))
}

func sum(key Key, value []byte) []byte {
	h := sha256.New()
	h.Write(key[:])
	h.Write(value)
	return h.Sum(nil)[:sumSize:sumSize]
}
