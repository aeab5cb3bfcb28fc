package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"amalfa/store"
)

func TestSample(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "amalfa.db"), Options{})
	var b store.Batch
	for i := range 100 {
		b.Puts = append(b.Puts, note(fmt.Sprintf("n%d.md", i), "N", fmt.Sprintf("text %d", i)))
	}
	apply(t, s, b)
	for limit, want := range map[int]int{1000: 100, 100: 100, 60: 100, 50: 50, 10: 10, 1: 1} {
		got, err := s.Sample(t.Context(), limit)
		if err != nil || len(got) != want {
			t.Errorf("sample of %d: %d, %v; want %d", limit, len(got), err, want)
		}
		for i := 1; i < len(got); i++ {
			if got[i].ID <= got[i-1].ID {
				t.Errorf("chunk %d after %d", got[i].ID, got[i-1].ID)
			}
		}
	}
}

func TestRemark(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "amalfa.db"), Options{})
	ctx := context.Background()
	if got, err := s.Remark(ctx, "language"); got != "" || err != nil {
		t.Fatal(got, err)
	}
	check(t, s.SetRemark(ctx, "language", "de"))
	check(t, s.SetRemark(ctx, "language", "fr"))
	check(t, s.SetRemark(ctx, "stamp", "mine")) // is not the index's own
	if got, err := s.Remark(ctx, "language"); got != "fr" || err != nil {
		t.Error(got, err)
	}
	check(t, s.Check(ctx))
}
