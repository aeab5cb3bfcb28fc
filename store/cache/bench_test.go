package cache

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkGet looks for one vector of 384 numbers: one that is not there, as
// every new question, and one that is.
func BenchmarkGet(b *testing.B) {
	c, err := Open(b.Context(), filepath.Join(b.TempDir(), "c.db"), Options{MaxBytes: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	batch := map[Key][]byte{}
	for i := range 5000 {
		key, _ := pair(i)
		batch[key] = bytes.Repeat(key[:], 48)
	}
	if err := c.Put(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	there, _ := pair(7)
	for name, key := range map[string]Key{"absent": sha256.Sum256([]byte("x")), "there": there} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Get(b.Context(), []Key{key}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPut keeps 256 vectors, as a bulk request does.
func BenchmarkPut(b *testing.B) {
	c, err := Open(b.Context(), filepath.Join(b.TempDir(), "c.db"), Options{MaxBytes: 64 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for n := 0; b.Loop(); n++ {
		batch := map[Key][]byte{}
		for i := range 256 {
			key := sha256.Sum256(fmt.Append(nil, n, i))
			batch[key] = bytes.Repeat(key[:], 48)
		}
		if err := c.Put(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}
