package storetest

import (
	"context"
	"testing"

	"amalfa/store"
)

// VectorsOf are the vectors of all chunks as a question gets them.
func VectorsOf(t *testing.T, s store.Store, digest string) map[int64][]float32 {
	t.Helper()
	v, err := s.VectorsOf(context.Background(), digest, nil)
	Check(t, err)
	return ByChunk(v)
}

func ByChunk(v *store.Vectors) map[int64][]float32 {
	out := map[int64][]float32{}
	for _, id := range v.IDs {
		out[id], _ = v.Row(id)
	}
	return out
}

func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
