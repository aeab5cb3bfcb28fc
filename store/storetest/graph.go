package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
)

// The graph in one piece is what Edges says of each note.
func testGraphIsTheEdges(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	a := Linked("a.md", "A", "b.md", "tag:sea", "nowhere", "b.md", "logo.png", "a.md")
	a.Edges = append(a.Edges, store.Edge{Target: "pkg.Run", Rule: notes.BySymbol, Type: "LINKS_TO", Line: 9})
	Apply(t, s, store.Batch{Puts: []store.Put{Linked("b.md", "B", "A", "tag:sea"), a, Note("c.md", "C", "c")}, Others: []store.Other{{ID: "logo.png"}}})
	g, err := s.Graph(t.Context())
	if err != nil || len(g.Notes) != 3 || g.Notes[2].ID != "c.md" || g.Notes[2].Title != "C" {
		t.Fatalf("%+v %v", g.Notes, err)
	}
	var got, want []store.Edge
	for _, e := range g.Edges {
		out := store.Edge{Source: g.Notes[e.Source].ID, Target: e.Name, Type: e.Type, Weight: e.Weight, Line: int(e.Line), Resolved: e.Resolved, File: e.File}
		if e.Target >= 0 {
			out.Target = g.Notes[e.Target].ID
		}
		got = append(got, out)
	}
	for _, n := range g.Notes {
		edges, err := s.Edges(t.Context(), n.ID, store.Out)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range edges {
			e.Sentence, e.Rule, e.Root = "", 0, ""
			want = append(want, e)
		}
	}
	if d := cmp.Diff(want, got); d != "" || len(want) != 8 {
		t.Errorf("%d edges\n%s", len(want), d)
	}
}
