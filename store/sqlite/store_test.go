package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"amalfa/store"
	"amalfa/store/storetest"
)

func open(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func fresh(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "amalfa.db"), Options{})
}

func TestFilesArePrivate(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "A", "text")}})
	entries, err := os.ReadDir(filepath.Dir(s.Path()))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Errorf("%d files, want database, log and shared memory", len(entries))
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", e.Name(), info.Mode(), err)
		}
	}
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) func() store.Store {
		path := filepath.Join(t.TempDir(), "amalfa.db")
		return func() store.Store { return open(t, path, Options{}) }
	})
}

// Pieces of the suite that tests of this store's own use too.
var (
	note       = storetest.Note
	apply      = storetest.Apply
	found      = storetest.Found
	linked     = storetest.Linked
	linkedTo   = storetest.LinkedTo
	targets    = storetest.Targets
	wantBroken = storetest.WantBroken
	check      = storetest.Check
	vectorsOf  = storetest.VectorsOf
	model3     = storetest.Model3
	zipfText   = storetest.ZipfText
	byChunk    = storetest.ByChunk
)

// Events past those that are kept are gone, and a reader that asks for them hears so.
func TestChangesArePruned(t *testing.T) {
	s := fresh(t)
	for i := range 3 {
		apply(t, s, store.Batch{Puts: []store.Put{note(fmt.Sprint(i, ".md"), "", "text")}})
	}
	if _, err := s.db.Exec("UPDATE sqlite_sequence SET seq = 90000 WHERE name = 'history'"); err != nil {
		t.Fatal(err)
	}
	apply(t, s, store.Batch{Puts: []store.Put{note("z.md", "", "text")}})
	if h, err := s.Changes(t.Context(), 2, 10); err != nil || !h.Pruned || len(h.Events) != 1 {
		t.Errorf("pruned: %+v %v", h, err)
	}
}
