package sqlite

import (
	"fmt"
	"testing"

	"amalfa/store"
	"amalfa/store/text"
)

// A reader of an index that changes keeps the pages of words that its segments name, and no others.
func TestPagesOfMergedSegmentsAreForgotten(t *testing.T) {
	s := fresh(t)
	r := open(t, s.Path(), Options{ReadOnly: true})
	most := 0
	for i := range 120 { // many merges
		apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", fmt.Sprintf("water %d", i))}})
		if got := found(t, r, text.Term("water")); len(got) != 1 {
			t.Fatalf("round %d: %v", i, got)
		}
		kept, _ := r.words.Pages()
		most = max(most, len(kept))
	}
	named := map[int64]bool{}
	for _, seg := range r.words.Newest().Segments {
		for _, key := range seg.Pages() {
			named[key] = true
		}
	}
	kept, counted := r.words.Pages()
	bytes := 0
	for _, key := range kept {
		bytes += len(r.words.Get(key))
		if !named[key] {
			t.Errorf("page %d is kept, and no segment names it", key)
		}
	}
	if bytes != counted {
		t.Errorf("%d bytes are counted, %d are kept", counted, bytes)
	}
	if most == 0 {
		t.Error("no page was ever kept")
	}
}
