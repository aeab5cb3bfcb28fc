package postgres_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/sqlite"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// An index goes from one store to the other and back without a byte of its export changing.
func TestIndexMovesBetweenStores(t *testing.T) {
	local := func(name string) store.Store {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), name), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	first := storetest.Varied(t, local("first.db"))
	storetest.Apply(t, first, store.Batch{Puts: []store.Put{storetest.Note("odd.md", "NUL \x00", "text with \x00 in it")}})
	want := storetest.ExportOf(t, first)
	team := open(t, pgserver.Shared(t).Database(t))
	for _, to := range []store.Store{team, local("second.db")} {
		if err := storetest.ImportInto(t.Context(), to, strings.NewReader(want)); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, storetest.ExportOf(t, to)); d != "" {
			t.Error(d)
		}
	}
	var _ *postgres.Store = team
}
