package storetest

import (
	"context"
	"fmt"
	"testing"

	"amalfa/store"
)

func testSample(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	sampler, ok := s.(interface {
		Sample(ctx context.Context, limit int) ([]store.Chunk, error)
	})
	if !ok {
		t.Fatal("no Sample")
	}
	var b store.Batch
	for i := range 100 {
		b.Puts = append(b.Puts, Note(fmt.Sprintf("n%d.md", i), "N", fmt.Sprintf("text %d", i)))
	}
	Apply(t, s, b)
	for limit, want := range map[int]int{1000: 100, 100: 100, 60: 100, 50: 50, 10: 10, 1: 1} {
		got, err := sampler.Sample(t.Context(), limit)
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

func testRemark(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	ctx := context.Background()
	if got, err := s.Remark(ctx, "language"); got != "" || err != nil {
		t.Fatal(got, err)
	}
	Check(t, s.SetRemark(ctx, "language", "de"))
	Check(t, s.SetRemark(ctx, "language", "fr"))
	Check(t, s.SetRemark(ctx, "stamp", "mine")) // is not the index's own
	if got, err := s.Remark(ctx, "language"); got != "fr" || err != nil {
		t.Error(got, err)
	}
	Check(t, s.Check(ctx))
}
