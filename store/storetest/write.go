package storetest

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
)

func Apply(t testing.TB, s store.Store, b store.Batch) {
	t.Helper()
	if err := s.Apply(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Note makes a put whose chunks are the texts.
func Note(id, title string, texts ...string) store.Put {
	p := store.Put{Note: store.Note{ID: id, Title: title, Hash: "h:" + id, Size: 10, MTime: 20, Kind: "markdown", Lines: len(texts)}}
	for i, text := range texts {
		p.Chunks = append(p.Chunks, store.Chunk{Seq: i, Heading: []string{title}, FirstLine: i + 1, LastLine: i + 1, Hash: "c:" + text, Text: text})
	}
	return p
}

func Found(t testing.TB, s store.Store, expr string) []string {
	t.Helper()
	ctx := context.Background()
	matches, err := s.Keyword(ctx, expr, 100)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	var ids []int64
	for _, m := range matches {
		ids = append(ids, m.Chunk)
	}
	chunks, err := s.ChunksByID(ctx, ids)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, id := range ids {
		out = append(out, chunks[id].Note+":"+strconv.Itoa(chunks[id].Seq))
	}
	return out
}

func testApplyAndRead(t *testing.T, mk Maker) {
	ctx := context.Background()
	s := mk.fresh(t)
	p := Note("docs/Tide tables.md", "Tide tables", "high water", "low water")
	p.Note.Tags, p.Note.Aliases = []string{"sea", "coast", "sea"}, []string{"Tides"}
	p.Edges = []store.Edge{
		{Target: "Moon", Type: "LINKS_TO", Weight: 1, Line: 2, Sentence: "See [[Moon]]."},
		{Target: "tag:sea", Type: "TAGGED_AS", Weight: 1, Line: 1},
		{Target: "docs/gone.md", Rule: notes.ByPath, Type: "LINKS_TO", Weight: 1, Line: 3},
	}
	Apply(t, s, store.Batch{Puts: []store.Put{p}, Files: []store.File{{ID: "x.bin", State: store.Skipped, Reason: "binary"}}})
	got, err := s.Get(ctx, "docs/Tide tables.md")
	if err != nil {
		t.Fatal(err)
	}
	want := p.Note
	want.Tags = []string{"coast", "sea"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	files, err := s.Files(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]store.File{
		"docs/Tide tables.md": {ID: "docs/Tide tables.md", State: store.Indexed, Hash: p.Note.Hash, Signature: store.Signature{Size: 10, MTime: 20}, Chunks: 2},
		"x.bin":               {ID: "x.bin", State: store.Skipped, Reason: "binary"},
	}, files); d != "" {
		t.Error(d)
	}
	edges, err := s.Edges(ctx, p.Note.ID, store.Out)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]store.Edge{
		{Source: p.Note.ID, Target: "tag:sea", Type: "TAGGED_AS", Weight: 1, Line: 1, Resolved: true},
		{Source: p.Note.ID, Target: "Moon", Type: "LINKS_TO", Weight: 1, Line: 2, Sentence: "See [[Moon]]."},
		{Source: p.Note.ID, Target: "docs/gone.md", Type: "LINKS_TO", Weight: 1, Line: 3, Rule: notes.ByPath},
	}, edges); d != "" {
		t.Error(d)
	}
	stats, err := s.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stats.Bytes = 0
	if d := cmp.Diff(store.Stats{Notes: 1, Chunks: 2, Edges: 3, Tags: 2, Links: 2, Broken: 2}, stats); d != "" {
		t.Error(d)
	}
	if _, err := s.Get(ctx, "docs/tide tables.md"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get of another case: %v", err)
	}
	Apply(t, s, store.Batch{Deletes: []string{p.Note.ID, "x.bin", "never seen"}})
	if stats, _ = s.Stats(ctx); stats.Notes+stats.Chunks+stats.Edges+stats.Tags != 0 {
		t.Errorf("after delete: %+v", stats)
	}
	if d := cmp.Diff([]string(nil), Found(t, s, text.Term("water"))); d != "" {
		t.Error(d)
	}
}
