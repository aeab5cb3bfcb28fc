package search

import (
	"context"
	"errors"
	"fmt"

	"amalfa/store"
)

// Share is how many of how many.
type Share struct {
	Have int `json:"have"`
	Of   int `json:"of"`
}

// Whole tells whether nothing is missing.
func (s Share) Whole() bool { return s.Have >= s.Of }

// Percent is the share in whole percent: 0 for none alone, 100 for all alone.
func (s Share) Percent() int {
	switch {
	case s.Whole():
		return 100
	case s.Have <= 0:
		return 0
	}
	return min(max(int(100*int64(s.Have)/int64(s.Of)), 1), 99)
}

// missing is the share that is not there, 0 to 1.
func (s Share) missing() float64 {
	if s.Whole() {
		return 0
	}
	return float64(s.Of-s.Have) / float64(s.Of)
}

// Waiting says how much of the index can be found by meaning, and what of the rest; "" where all can, where the mode
// asks for words alone, and where none can: such an answer is degraded and says so.
func (s Share) Waiting(mode string) string {
	if s.Whole() || s.Have == 0 || mode != Hybrid && mode != Vector {
		return ""
	}
	if rest := "vectors %d %%: the other passages are found by their words until they have one"; mode == Hybrid {
		return fmt.Sprintf(rest, s.Percent())
	}
	return fmt.Sprintf("vectors %d %%: the other passages cannot be found by meaning yet", s.Percent())
}

// RemarkRebuilding is the name under which an index that takes the place of another keeps how far it is, in whole percent of the files
// to read (store.Store.SetRemark); "" once it holds them all.
const RemarkRebuilding = "rebuilding"

// rebuilding says with an answer that not all notes can be in it yet.
func (r *run) rebuilding(ctx context.Context) error {
	percent, err := r.store.Remark(ctx, RemarkRebuilding)
	if err == nil && percent != "" {
		r.degrade("index rebuilding %s %%: notes that are not in it yet are not found", percent)
	}
	return err
}

// VectorShare counts the passages of an index, and those of them that have a vector of the model that answers.
func VectorShare(ctx context.Context, st store.Store) (Share, error) {
	chunks, _, err := st.Frequencies(ctx, nil)
	if err != nil {
		return Share{}, err
	}
	return vectorsOf(ctx, st, chunks)
}

// vectorsOf is VectorShare where the passages are counted.
func vectorsOf(ctx context.Context, st store.Store, chunks int) (Share, error) {
	s := Share{Of: chunks}
	active, err := st.ActiveModel(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return s, nil
	}
	if err == nil {
		s.Have, err = st.CountVectors(ctx, active.Digest)
	}
	return s, err
}
