package sqlite

import (
	"context"
	"errors"
	"testing"

	"amalfa/store"
)

// Notes that the index of their ids misses, as if a page of it were damaged, are not silently left out of answers.
func TestPassedOver(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "A", "high water"), note("b.md", "B", "low water")}})
	if all, err := s.GetAll(ctx, []string{"a.md", "none.md"}); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := s.Get(ctx, "none.md"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	check(t, s.Close())
	execute(t, s.Path(), `PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage =
		(SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_terms_1') WHERE name = 'sqlite_autoindex_notes_1'`) // an empty one
	s = open(t, s.Path(), Options{})
	if _, err := s.GetAll(ctx, []string{"a.md", "none.md"}); !errors.Is(err, store.ErrCorrupt) {
		t.Error(err)
	}
	if _, err := s.Get(ctx, "b.md"); !errors.Is(err, store.ErrCorrupt) {
		t.Error(err)
	}
	if s.Damage() == "" {
		t.Error("the next init does not hear of it")
	}
}
