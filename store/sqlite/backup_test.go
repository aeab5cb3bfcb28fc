package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/dump"
	"amalfa/store/text"
)

// varied is an index with something of everything.
func varied(t *testing.T) *Store {
	s := fresh(t)
	p := note("docs/Tide tables.md", "Tide tables", "high water", "low\nwater 満潮")
	p.Note.Tags, p.Note.Aliases, p.Note.Date = []string{"sea"}, []string{"Tides"}, "2024-01-02"
	p.Note.DateFrom, p.Chunks[0].Plain, p.Chunks[0].Hidden = "front matter", "high water as read", "gezeiten.png"
	p.Edges = []store.Edge{{Target: "Moon", Type: "LINKS_TO", Weight: 1, Line: 2, Sentence: "See [[Moon]]."}, {Target: "gone.md", Rule: notes.ByPath, Type: "LINKS_TO"}}
	apply(t, s, store.Batch{
		Puts: []store.Put{p, note("moon.md", "Moon", "pulls")}, Files: []store.File{{ID: "x.bin", State: store.Skipped, Reason: "binary"}},
		Vectors: map[string][]float32{"c:high water": {0, .6, .8}, "c:pulls": {1, 0, 0}}, Model: model3,
	})
	check(t, s.SetActiveModel(context.Background(), model3))
	return s
}

func exportOf(t *testing.T, s *Store) string {
	t.Helper()
	var b bytes.Buffer
	check(t, s.Export(context.Background(), &b))
	return b.String()
}

func importInto(ctx context.Context, s *Store, r io.Reader) error {
	_, err := dump.Read(ctx, s, r, dump.Options{})
	return err
}

func TestBackupAndRestore(t *testing.T) {
	ctx := context.Background()
	s := varied(t)
	want := exportOf(t, s)
	dir := t.TempDir()
	backup := filepath.Join(dir, "b.db")
	check(t, s.Backup(ctx, backup))
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	reader := open(t, s.Path(), Options{ReadOnly: true})
	check(t, reader.Backup(ctx, filepath.Join(t.TempDir(), "r.db")))
	if err := reader.Apply(ctx, store.Batch{Deletes: []string{"moon.md"}}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a reader writes after a backup: %v", err)
	}
	if err := s.Backup(ctx, backup); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	apply(t, s, store.Batch{Deletes: []string{"moon.md"}})
	vectorsOf(t, s, model3.Digest)
	path := s.Path()
	check(t, s.Close())
	check(t, os.WriteFile(filepath.Join(dir, "bad.db"), []byte(strings.Repeat("no database", 500)), 0o600))
	if err := Restore(ctx, filepath.Join(dir, "bad.db"), path); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a file that is no backup: %v", err)
	}
	if err := Restore(ctx, filepath.Join(dir, "none.db"), path); !errors.Is(err, store.ErrNoIndex) {
		t.Errorf("no file: %v", err)
	}
	check(t, Restore(ctx, backup, path))
	r := open(t, path, Options{})
	if d := cmp.Diff(want, exportOf(t, r)); d != "" {
		t.Error(d)
	}
	if got := vectorsOf(t, r, model3.Digest); len(got) != 2 {
		t.Errorf("vectors after restoring: %v", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func TestExportAndImport(t *testing.T) {
	ctx := context.Background()
	s := varied(t)
	term := store.Term{ID: "term:high water", Stem: "high water", Name: "High water", Kind: "title", State: "active", Edges: []store.TermEdge{
		{Edge: store.Edge{Source: "moon.md", Target: "term:high water", Type: notes.Defines, Line: 1, Weight: 2}, Evidence: "moon.md"},
		{Edge: store.Edge{Source: "term:high water", Target: "moon.md", Type: notes.AppearsIn, Line: 3, Weight: 1, Sentence: "It is \"high\"."}, Evidence: "moon.md"},
	}}
	check(t, s.SetTerms(ctx, []store.Term{term}))
	whole := exportOf(t, s)
	if !strings.Contains(whole, `"term":{"id":"term:high water"`) {
		t.Errorf("no term in %s", whole)
	}
	for range 2 { // the second time it replaces all by the same
		other := fresh(t)
		check(t, importInto(ctx, other, strings.NewReader(whole)))
		check(t, importInto(ctx, other, strings.NewReader(whole)))
		check(t, other.Check(ctx))
		if d := cmp.Diff(whole, exportOf(t, other)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"docs/Tide tables.md:0"}, found(t, other, text.Phrase("high water"))); d != "" {
			t.Error(d)
		}
		if edges, err := other.Edges(ctx, "moon.md", store.In); err != nil || len(edges) != 1 || !edges[0].Resolved {
			t.Errorf("%+v %v", edges, err)
		}
	}
	for _, bad := range []string{"", "{}", "x", `{"amalfa":9}`, `{"amalfa":1}` + "\n{}", `{"amalfa":1}` + "\n" + `{"hash":"a","vector":"AAAA"}`} {
		if err := importInto(ctx, fresh(t), strings.NewReader(bad)); !errors.Is(err, dump.ErrFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// While another process replaces every note again and again, each export is the index as it was after one of the batches.
func TestExportIsOneSnapshot(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s := fresh(t)
	version := func(n int) store.Batch {
		b := store.Batch{Model: model3, Vectors: map[string][]float32{}}
		for i := range 30 {
			p := note(fmt.Sprintf("n%d.md", i), strconv.Itoa(n), fmt.Sprintf("v%d t%d", n, i))
			b.Vectors[p.Chunks[0].Hash] = []float32{1, float32(n), float32(i)}
			b.Puts = append(b.Puts, p)
		}
		if n > 0 { // a note of this version only
			b.Puts = append(b.Puts, note(fmt.Sprintf("only%d.md", n), strconv.Itoa(n), "only"))
			b.Deletes = []string{fmt.Sprintf("only%d.md", n-1)}
		}
		return b
	}
	apply(t, s, version(0))
	check(t, s.SetActiveModel(ctx, model3))
	writer := open(t, s.Path(), Options{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 1; ctx.Err() == nil; n++ {
			if err := writer.Apply(ctx, version(n)); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	defer wg.Wait()
	defer stop()
	seen := map[string]bool{}
	for len(seen) < 20 && !t.Failed() {
		titles, vectors := exportedTitles(t, exportOf(t, s))
		if len(titles) != 1 || vectors != 30 {
			t.Fatalf("versions %v in one export, %d vectors", titles, vectors)
		}
		maps.Copy(seen, titles)
	}
}

// exportedTitles returns the titles of the notes of an export, and how many vectors it has.
func exportedTitles(t *testing.T, export string) (titles map[string]bool, vectors int) {
	t.Helper()
	titles = map[string]bool{}
	for line := range strings.Lines(export) {
		var l struct {
			Note   *store.Note
			Vector []byte
		}
		check(t, json.Unmarshal([]byte(line), &l))
		if l.Note != nil {
			titles[l.Note.Title] = true
		}
		if l.Vector != nil {
			vectors++
		}
	}
	return titles, vectors
}

func FuzzImport(f *testing.F) {
	f.Add(`{"amalfa":1,"model":{"digest":"d","name":"n","dim":1}}` + "\n" + `{"note":{"id":"a.md"},"chunks":[{"hash":"h","text":"t"}]}` + "\n" + `{"hash":"h","vector":"AACAPw=="}`)
	f.Fuzz(func(t *testing.T, text string) {
		s := fresh(t)
		_ = importInto(context.Background(), s, strings.NewReader(text))
		if err := s.Check(context.Background()); err != nil {
			t.Error(err)
		}
	})
}
