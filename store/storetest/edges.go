package storetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
)

// Linked is a put with one edge per target.
func Linked(id, title string, targets ...string) store.Put {
	p := Note(id, title, id)
	for i, target := range targets {
		p.Edges = append(p.Edges, store.Edge{Target: target, Type: "LINKS_TO", Weight: 1, Line: i + 1})
	}
	return p
}

func Targets(t *testing.T, s store.Store, id string, dir store.Direction) []string {
	t.Helper()
	edges, err := s.Edges(context.Background(), id, dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range edges {
		arrow := " -> "
		if !e.Resolved {
			arrow = " ?> "
		}
		out = append(out, e.Source+arrow+e.Target)
	}
	return out
}

func testEdgesFollowTheNotes(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	steps := []struct {
		name  string
		batch store.Batch
		want  []string
	}{
		{"nothing answers", store.Batch{Puts: []store.Put{Linked("a.md", "A", "Moon", "tag:sea")}}, []string{"a.md ?> Moon", "a.md -> tag:sea"}},
		{"a title answers", store.Batch{Puts: []store.Put{Note("x/luna.md", "Moon")}}, []string{"a.md -> x/luna.md", "a.md -> tag:sea"}},
		{"a path is better", store.Batch{Puts: []store.Put{Note("x/y/Moon.md", "Other")}}, []string{"a.md -> x/y/Moon.md", "a.md -> tag:sea"}},
		{"the same folder is nearer", store.Batch{Puts: []store.Put{Note("moon.md", "Third"), Note("Moon.md", "Fourth")}}, []string{"a.md -> Moon.md", "a.md -> tag:sea"}},
		{"another one put again", store.Batch{Puts: []store.Put{Note("x/luna.md", "Moon", "new text")}}, []string{"a.md -> Moon.md", "a.md -> tag:sea"}},
		{"the target goes", store.Batch{Deletes: []string{"Moon.md"}}, []string{"a.md -> x/y/Moon.md", "a.md -> tag:sea"}},
		{"title only again", store.Batch{Deletes: []string{"x/y/Moon.md", "moon.md"}}, []string{"a.md -> x/luna.md", "a.md -> tag:sea"}},
		{"the title changes", store.Batch{Puts: []store.Put{Note("x/luna.md", "Sun")}}, []string{"a.md ?> Moon", "a.md -> tag:sea"}},
		{"an alias answers", store.Batch{Puts: []store.Put{{Note: store.Note{ID: "z.md", Aliases: []string{"moon"}}}}}, []string{"a.md -> z.md", "a.md -> tag:sea"}},
		{"the file fails", store.Batch{Files: []store.File{{ID: "z.md", State: store.Failed, Reason: "unreadable"}}}, []string{"a.md ?> Moon", "a.md -> tag:sea"}},
		{"the links change", store.Batch{Puts: []store.Put{Linked("a.md", "A", "A")}}, []string{"a.md -> a.md"}},
	}
	for _, step := range steps {
		Apply(t, s, step.batch)
		if d := cmp.Diff(step.want, Targets(t, s, "a.md", store.Out)); d != "" {
			t.Errorf("%s: %s", step.name, d)
		}
	}
}

func testPathEdgesTakeNoOtherName(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	p := Linked("a/a.md", "A", "b.md")
	p.Edges[0].Rule = notes.ByPath
	Apply(t, s, store.Batch{Puts: []store.Put{p, Note("a/b.md", "b.md")}})
	if d := cmp.Diff([]string{"a/a.md ?> b.md"}, Targets(t, s, "a/a.md", store.Out)); d != "" {
		t.Error(d)
	}
	Apply(t, s, store.Batch{Puts: []store.Put{Note("b.md", "")}})
	if d := cmp.Diff([]string{"a/a.md -> b.md"}, Targets(t, s, "a/a.md", store.Out)); d != "" {
		t.Error(d)
	}
}

func testEdgeDirections(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Linked("a.md", "", "b", "tag:x"), Linked("b.md", "", "a"), Linked("c.md", "", "a", "c", "tag:x")}})
	for _, c := range []struct {
		id   string
		dir  store.Direction
		want []string
	}{
		{"a.md", store.Out, []string{"a.md -> b.md", "a.md -> tag:x"}},
		{"a.md", store.In, []string{"b.md -> a.md", "c.md -> a.md"}},
		{"a.md", store.Both, []string{"a.md -> b.md", "a.md -> tag:x", "b.md -> a.md", "c.md -> a.md"}},
		{"c.md", store.Both, []string{"c.md -> a.md", "c.md -> c.md", "c.md -> tag:x"}},
		{"tag:x", store.In, []string{"a.md -> tag:x", "c.md -> tag:x"}},
		{"none", store.Both, nil},
	} {
		if d := cmp.Diff(c.want, Targets(t, s, c.id, c.dir)); d != "" {
			t.Errorf("%s %d: %s", c.id, c.dir, d)
		}
	}
}
