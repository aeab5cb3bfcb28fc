package sqlite

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/text"
)

// Segments are merged: their number grows with the logarithm of what they hold, and removed chunks leave.
func TestSegmentsStayFew(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	for i := range 300 {
		if err := s.Apply(ctx, store.Batch{Puts: []store.Put{note(fmt.Sprintf("n%d.md", i%150), "", fmt.Sprintf("tide %d", i), "same")}}); err != nil {
			t.Fatal(err)
		}
	}
	var segments, removed int
	if err := s.db.QueryRow("SELECT count(*), sum(removed) FROM segments").Scan(&segments, &removed); err != nil {
		t.Fatal(err)
	}
	if segments > 3*text.FanIn || removed > 150 {
		t.Errorf("%d segments, %d removed chunks carried", segments, removed)
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
	got := found(t, s, text.Term("150"))
	if d := cmp.Diff([]string{"n0.md:0"}, got); d != "" {
		t.Error(d)
	}
}
