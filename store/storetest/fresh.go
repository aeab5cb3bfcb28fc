package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/text"
)

// Of two puts of one note in a batch the second counts.
func testPutTwiceInOneBatch(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "A", "first"), Note("b.md", "B", "between"), Note("a.md", "A", "second", "third")}})
	if diff := cmp.Diff([]string{"a.md:0"}, Found(t, s, text.Phrase("second"))); diff != "" || len(Found(t, s, text.Phrase("first"))) > 0 {
		t.Errorf("%s; first: %q", diff, Found(t, s, text.Phrase("first")))
	}
}

// A batch of any size is written whole, at every number of rows that one statement may take.
func testFreshInAnyNumber(t *testing.T, mk Maker) {
	for _, n := range []int{1, 2, 31, 32, 33, 101} {
		s := mk.fresh(t)
		var b store.Batch
		for i := range n {
			b.Puts = append(b.Puts, Note(fmt.Sprintf("%d.md", i), fmt.Sprint(i), fmt.Sprintf("text %d", i), "same in all"))
		}
		Apply(t, s, b)
		if got := len(Found(t, s, text.Phrase("same"))); got != min(n, 100) {
			t.Errorf("%d notes: %d found", n, got)
		}
	}
}
