package sqlite

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
)

// linked is a put with one edge per target.
func linked(id, title string, targets ...string) store.Put {
	p := note(id, title, id)
	for i, target := range targets {
		p.Edges = append(p.Edges, store.Edge{Target: target, Type: "LINKS_TO", Weight: 1, Line: i + 1})
	}
	return p
}

func targets(t *testing.T, s *Store, id string, dir store.Direction) []string {
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

func TestEdgesFollowTheNotes(t *testing.T) {
	s := fresh(t)
	steps := []struct {
		name  string
		batch store.Batch
		want  []string
	}{
		{"nothing answers", store.Batch{Puts: []store.Put{linked("a.md", "A", "Moon", "tag:sea")}}, []string{"a.md ?> Moon", "a.md -> tag:sea"}},
		{"a title answers", store.Batch{Puts: []store.Put{note("x/luna.md", "Moon")}}, []string{"a.md -> x/luna.md", "a.md -> tag:sea"}},
		{"a path is better", store.Batch{Puts: []store.Put{note("x/y/Moon.md", "Other")}}, []string{"a.md -> x/y/Moon.md", "a.md -> tag:sea"}},
		{"the same folder is nearer", store.Batch{Puts: []store.Put{note("moon.md", "Third"), note("Moon.md", "Fourth")}}, []string{"a.md -> Moon.md", "a.md -> tag:sea"}},
		{"another one put again", store.Batch{Puts: []store.Put{note("x/luna.md", "Moon", "new text")}}, []string{"a.md -> Moon.md", "a.md -> tag:sea"}},
		{"the target goes", store.Batch{Deletes: []string{"Moon.md"}}, []string{"a.md -> x/y/Moon.md", "a.md -> tag:sea"}},
		{"title only again", store.Batch{Deletes: []string{"x/y/Moon.md", "moon.md"}}, []string{"a.md -> x/luna.md", "a.md -> tag:sea"}},
		{"the title changes", store.Batch{Puts: []store.Put{note("x/luna.md", "Sun")}}, []string{"a.md ?> Moon", "a.md -> tag:sea"}},
		{"an alias answers", store.Batch{Puts: []store.Put{{Note: store.Note{ID: "z.md", Aliases: []string{"moon"}}}}}, []string{"a.md -> z.md", "a.md -> tag:sea"}},
		{"the file fails", store.Batch{Files: []store.File{{ID: "z.md", State: store.Failed, Reason: "unreadable"}}}, []string{"a.md ?> Moon", "a.md -> tag:sea"}},
		{"the links change", store.Batch{Puts: []store.Put{linked("a.md", "A", "A")}}, []string{"a.md -> a.md"}},
	}
	for _, step := range steps {
		apply(t, s, step.batch)
		if d := cmp.Diff(step.want, targets(t, s, "a.md", store.Out)); d != "" {
			t.Errorf("%s: %s", step.name, d)
		}
	}
}

func TestPathEdgesTakeNoOtherName(t *testing.T) {
	s := fresh(t)
	p := linked("a/a.md", "A", "b.md")
	p.Edges[0].Rule = notes.ByPath
	apply(t, s, store.Batch{Puts: []store.Put{p, note("a/b.md", "b.md")}})
	if d := cmp.Diff([]string{"a/a.md ?> b.md"}, targets(t, s, "a/a.md", store.Out)); d != "" {
		t.Error(d)
	}
	apply(t, s, store.Batch{Puts: []store.Put{note("b.md", "")}})
	if d := cmp.Diff([]string{"a/a.md -> b.md"}, targets(t, s, "a/a.md", store.Out)); d != "" {
		t.Error(d)
	}
}

func TestEdgeDirections(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{linked("a.md", "", "b", "tag:x"), linked("b.md", "", "a"), linked("c.md", "", "a", "c", "tag:x")}})
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
		if d := cmp.Diff(c.want, targets(t, s, c.id, c.dir)); d != "" {
			t.Errorf("%s %d: %s", c.id, c.dir, d)
		}
	}
}
