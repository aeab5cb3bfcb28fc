package search

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

// vault is a store filled with notes: id → text. The first line is the title.
func vault(t testing.TB, puts ...store.Put) *store.SQLite {
	t.Helper()
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "amalfa.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Apply(context.Background(), store.Batch{Puts: puts}); err != nil {
		t.Fatal(err)
	}
	return s
}

func note(id, title string, texts ...string) store.Put {
	p := store.Put{Note: store.Note{ID: id, Title: title, Hash: id}}
	for i, text := range texts {
		p.Chunks = append(p.Chunks, store.Chunk{Seq: i, FirstLine: i + 1, LastLine: i + 1, Hash: text, Text: text})
	}
	return p
}

func ids(a Answer) []string {
	var out []string
	for _, h := range a.Results {
		out = append(out, h.ID)
	}
	return out
}

func TestKeywordWithoutModel(t *testing.T) {
	s := New(vault(t,
		note("tides.md", "Tides", "High water comes twice a day."),
		note("moon.md", "Moon", "The moon pulls the water."),
	), nil, nil)
	a, err := s.Search(context.Background(), Query{Text: "high water"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"tides.md", "moon.md"}, ids(a)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"no embedding model is at hand, so this answer is by keyword only"}, a.Degraded); d != "" {
		t.Error(d)
	}
	if _, err := s.Search(context.Background(), Query{Text: "high water", Mode: Vector}); !errors.Is(err, ErrNoVectors) {
		t.Errorf("vector mode: %v", err)
	}
}
