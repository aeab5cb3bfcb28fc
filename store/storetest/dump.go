package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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

// Varied fills an empty index with something of everything.
func Varied(t *testing.T, s store.Store) store.Store {
	p := Note("docs/Tide tables.md", "Tide tables", "high water", "low\nwater 満潮")
	p.Note.Tags, p.Note.Aliases, p.Note.Date = []string{"sea"}, []string{"Tides"}, "2024-01-02"
	p.Note.DateFrom, p.Chunks[0].Plain, p.Chunks[0].Hidden = "front matter", "high water as read", "gezeiten.png"
	p.Edges = []store.Edge{{Target: "Moon", Type: "LINKS_TO", Weight: 1, Line: 2, Sentence: "See [[Moon]]."}, {Target: "gone.md", Rule: notes.ByPath, Type: "LINKS_TO"}}
	Apply(t, s, store.Batch{
		Puts: []store.Put{p, Note("moon.md", "Moon", "pulls")}, Files: []store.File{{ID: "x.bin", State: store.Skipped, Reason: "binary"}},
		Vectors: map[string][]float32{"c:high water": {0, .6, .8}, "c:pulls": {1, 0, 0}}, Model: Model3,
	})
	Check(t, s.SetActiveModel(context.Background(), Model3))
	return s
}

func ExportOf(t testing.TB, s store.Store) string {
	t.Helper()
	var b bytes.Buffer
	Check(t, s.Export(context.Background(), &b))
	return b.String()
}

func ImportInto(ctx context.Context, s store.Store, r io.Reader) error {
	_, err := dump.Read(ctx, s, r, dump.Options{})
	return err
}

func testExportAndImport(t *testing.T, mk Maker) {
	ctx := context.Background()
	s := Varied(t, mk.fresh(t))
	term := store.Term{ID: "term:high water", Stem: "high water", Name: "High water", Kind: "title", State: "active", Edges: []store.TermEdge{
		{Edge: store.Edge{Source: "moon.md", Target: "term:high water", Type: notes.Defines, Line: 1, Weight: 2}, Evidence: "moon.md"},
		{Edge: store.Edge{Source: "term:high water", Target: "moon.md", Type: notes.AppearsIn, Line: 3, Weight: 1, Sentence: "It is \"high\"."}, Evidence: "moon.md"},
	}}
	Check(t, s.SetTerms(ctx, []store.Term{term}))
	whole := ExportOf(t, s)
	if !strings.Contains(whole, `"term":{"id":"term:high water"`) {
		t.Errorf("no term in %s", whole)
	}
	for range 2 { // the second time it replaces all by the same
		other := mk.fresh(t)
		Check(t, ImportInto(ctx, other, strings.NewReader(whole)))
		Check(t, ImportInto(ctx, other, strings.NewReader(whole)))
		Check(t, other.Check(ctx))
		if d := cmp.Diff(whole, ExportOf(t, other)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"docs/Tide tables.md:0"}, Found(t, other, text.Phrase("high water"))); d != "" {
			t.Error(d)
		}
		if edges, err := other.Edges(ctx, "moon.md", store.In); err != nil || len(edges) != 1 || !edges[0].Resolved {
			t.Errorf("%+v %v", edges, err)
		}
	}
	for _, bad := range []string{"", "{}", "x", `{"amalfa":9}`, `{"amalfa":1}` + "\n{}", `{"amalfa":1}` + "\n" + `{"hash":"a","vector":"AAAA"}`} {
		if err := ImportInto(ctx, mk.fresh(t), strings.NewReader(bad)); !errors.Is(err, dump.ErrFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// While another process replaces every note again and again, each export is the index as it was after one of the batches.
func testExportIsOneSnapshot(t *testing.T, mk Maker) {
	ctx, stop := context.WithCancel(t.Context())
	opened := mk(t)
	s := opened()
	version := func(n int) store.Batch {
		b := store.Batch{Model: Model3, Vectors: map[string][]float32{}}
		for i := range 30 {
			p := Note(fmt.Sprintf("n%d.md", i), strconv.Itoa(n), fmt.Sprintf("v%d t%d", n, i))
			b.Vectors[p.Chunks[0].Hash] = []float32{1, float32(n), float32(i)}
			b.Puts = append(b.Puts, p)
		}
		if n > 0 { // a note of this version only
			b.Puts = append(b.Puts, Note(fmt.Sprintf("only%d.md", n), strconv.Itoa(n), "only"))
			b.Deletes = []string{fmt.Sprintf("only%d.md", n-1)}
		}
		return b
	}
	Apply(t, s, version(0))
	Check(t, s.SetActiveModel(ctx, Model3))
	writer := opened()
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
		titles, vectors := exportedTitles(t, ExportOf(t, s))
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
		Check(t, json.Unmarshal([]byte(line), &l))
		if l.Note != nil {
			titles[l.Note.Title] = true
		}
		if l.Vector != nil {
			vectors++
		}
	}
	return titles, vectors
}

// An export of the version before, where an edge was a path or a name.
func testImportOfVersion1(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	const lines = `{"amalfa":1}
{"note":{"id":"a/a.md","hash":"h"},"edges":[{"target":"b.md","type":"LINKS_TO","path":true},{"target":"b","type":"CITES","line":1}],"file":{"id":"a/a.md","state":"indexed"}}
{"note":{"id":"a/b.md","hash":"h"},"file":{"id":"a/b.md","state":"indexed"}}
`
	if err := ImportInto(t.Context(), s, strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a/a.md ?> b.md", "a/a.md -> a/b.md"}, Targets(t, s, "a/a.md", store.Out)); d != "" {
		t.Error(d)
	}
	Apply(t, s, store.Batch{Others: []store.Other{{ID: "b.md", Linked: true}}})
	var out bytes.Buffer
	again := mk.fresh(t)
	if err := s.Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if err := ImportInto(t.Context(), again, &out); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Targets(t, s, "a/a.md", store.Out), Targets(t, again, "a/a.md", store.Out)); d != "" {
		t.Error(d)
	}
}
