package sqlite

import (
	"strconv"
	"testing"

	"amalfa/store"
	"amalfa/store/batch"
	"amalfa/store/storetest"
)

// A batch that fails leaves what waits to the next one.
func TestLinksAfterAFailure(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("a.md", "b")}, More: true})
	if _, err := s.db.Exec("CREATE TRIGGER full BEFORE INSERT ON notes BEGIN SELECT RAISE(ABORT, 'full'); END"); err != nil {
		t.Fatal(err)
	}
	for _, more := range []bool{true, false} {
		if err := s.Apply(t.Context(), store.Batch{Puts: []store.Put{linkedTo("b.md", "a")}, More: more, Whole: true}); err == nil {
			t.Fatal("written in spite of the trigger")
		}
	}
	if _, err := s.db.Exec("DROP TRIGGER full"); err != nil {
		t.Fatal(err)
	}
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("b.md", "a")}, Whole: true})
	wantBroken(t, "after the second try", s)
	if storetest.Waits(t, s) {
		t.Error("names still wait")
	}
}

// When many names wait, a batch in between resolves them.
func TestLinksDoNotWaitForever(t *testing.T) {
	s := fresh(t)
	b := store.Batch{Puts: []store.Put{linkedTo("a.md", "b"), linkedTo("b.md", "a")}, More: true}
	for i := range batch.MaxPending {
		b.Puts[0].Note.Symbols = append(b.Puts[0].Note.Symbols, strconv.Itoa(i))
	}
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("c.md", "a")}, More: true})
	apply(t, s, b)
	wantBroken(t, "after the large batch", s)
	if storetest.Waits(t, s) || s.waiting.Len() > 0 {
		t.Errorf("%d names still wait", s.waiting.Len())
	}
}
