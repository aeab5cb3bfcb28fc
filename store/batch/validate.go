package batch

import (
	"errors"
	"fmt"
	"math"

	"amalfa/store"
	"amalfa/store/vectors"
)

// Validate refuses what would poison an index.
func Validate(b store.Batch) error {
	if len(b.Vectors) > 0 && (b.Model.Digest == "" || b.Model.Dim <= 0) {
		return errors.New("vectors without a model")
	}
	for hash, v := range b.Vectors {
		if len(v) != b.Model.Dim {
			return fmt.Errorf("vector of %s has %d dimensions, model %s has %d", hash, len(v), b.Model.Name, b.Model.Dim)
		}
		if n := vectors.SquaredNorm(v); !(n > 0) || math.IsInf(n, 0) {
			return fmt.Errorf("vector of %s has no direction (norm %v)", hash, math.Sqrt(n))
		}
	}
	for _, p := range b.Puts {
		if p.Note.ID == "" {
			return errors.New("a note without an id")
		}
	}
	return nil
}

// OnlyVectors tells that a batch has nothing but vectors.
func OnlyVectors(b store.Batch) bool { return len(b.Vectors) > 0 && !Writes(b) }

// Writes tells that a batch has more than vectors.
func Writes(b store.Batch) bool {
	return len(b.Puts)+len(b.Files)+len(b.Deletes)+len(b.Others)+len(b.Gone) > 0
}
