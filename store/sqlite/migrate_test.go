package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/text"
)

// A migration per version, and no other: SchemaVersion and the list move together.
func TestMigrationsMatchTheVersion(t *testing.T) {
	if n := len(migrations()); n != SchemaVersion {
		t.Errorf("%d migrations lead to version %d", n, SchemaVersion)
	}
}

func TestOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "amalfa.db")
	stamps := make([]string, 8)
	var wg sync.WaitGroup
	for i := range stamps {
		wg.Go(func() {
			s, err := Open(context.Background(), path, Options{})
			if err != nil {
				stamps[i] = fmt.Sprint(err)
				return
			}
			defer s.Close()
			stamps[i] = s.Stamp()
		})
	}
	wg.Wait()
	for _, stamp := range stamps {
		if stamp != stamps[0] {
			t.Errorf("stamps differ: %q", stamps)
		}
	}
}

// An index that layout 1 wrote (testdata/layout-1.db, made by the program of that time) answers as before, whoever opens it
// first.
func TestMigrateFromLayout1(t *testing.T) {
	old, err := os.ReadFile("testdata/layout-1.db")
	if err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "amalfa.db")
		if err := os.WriteFile(path, old, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path, Options{ReadOnly: readOnly})
		if err := s.Check(context.Background()); err != nil {
			t.Error(err)
		}
		for expr, want := range map[string][]string{
			text.Term("water"):         {"moon.md:0", "docs/tides.md:1", "docs/tides.md:0"},
			text.Phrase("low water"):   {"docs/tides.md:1"},
			text.Term("tables"):        {"docs/tides.md:2", "docs/tides.md:1", "docs/tides.md:0"},
			text.Phrase("満潮"):          {"日本語.md:0"},
			text.Phrase("snake_case"):  {"docs/tides.md:2"},
			text.Term("kraken"):        nil,
			text.Term("pull"):          {"moon.md:0"},
			text.Phrase("getTideTabl"): nil,
		} {
			if d := cmp.Diff(want, found(t, s, expr)); d != "" {
				t.Errorf("read-only %v, %s: %s", readOnly, expr, d)
			}
		}
		if got := vectorsOf(t, s, "d3"); len(got) != 2 {
			t.Errorf("vectors: %v", got)
		}
		edges, err := s.Edges(context.Background(), "docs/tides.md", store.In)
		if err != nil || len(edges) != 1 || edges[0].Source != "moon.md" {
			t.Errorf("edges: %v %v", edges, err)
		}
		if !readOnly {
			apply(t, s, store.Batch{Deletes: []string{"moon.md"}, Puts: []store.Put{note("docs/tides.md", "Other", "High water comes twice a day.")}})
		}
	}
}
