package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

// LinkedTo is a note with a link to another one, by name.
func LinkedTo(id, to string) store.Put {
	p := Note(id, "", "text of "+id)
	p.Edges = []store.Edge{{Target: to, Type: "CITES", Weight: 1, Line: 1}}
	return p
}

// brokenLinks are the sources of links that nothing answers.
func brokenLinks(t *testing.T, s store.Store) []string {
	t.Helper()
	edges, err := s.Broken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, e := range edges {
		sources = append(sources, e.Source)
	}
	return sources
}

func WantBroken(t *testing.T, when string, s store.Store, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, brokenLinks(t, s)); diff != "" {
		t.Errorf("%s: %s", when, diff)
	}
}

// Waits tells whether a run over the whole workspace finds something to complete though nothing changed.
func Waits(t *testing.T, s store.Store) bool {
	t.Helper()
	before, err := s.DataVersion(t.Context())
	Check(t, err)
	Check(t, s.Apply(t.Context(), store.Batch{Whole: true}))
	after, err := s.DataVersion(t.Context())
	Check(t, err)
	return after != before
}

// The links of a run resolve with its last batch, and vectors that come meanwhile do not make it sooner.
func testLinksWaitForTheLastBatch(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{LinkedTo("a.md", "b")}, More: true})
	Apply(t, s, store.Batch{Puts: []store.Put{LinkedTo("b.md", "c")}, More: true})
	Apply(t, s, store.Batch{Vectors: map[string][]float32{"c:text of a.md": {1, 0}}, Model: store.Model{Digest: "d", Name: "m", Dim: 2}})
	WantBroken(t, "before the last batch", s, "a.md", "b.md")
	Apply(t, s, store.Batch{Puts: []store.Put{LinkedTo("c.md", "nobody")}, Whole: true})
	WantBroken(t, "after it", s, "c.md")
	if Waits(t, s) {
		t.Error("names still wait")
	}
}

// A run over part of the workspace resolves its own links, also while those of another process wait.
func testLinksOfTwoProcesses(t *testing.T, mk Maker) {
	open := mk(t)
	one, two := open(), open()
	Apply(t, one, store.Batch{Puts: []store.Put{LinkedTo("a.md", "b")}, More: true})
	Apply(t, two, store.Batch{Puts: []store.Put{LinkedTo("x.md", "y")}, More: true})
	Apply(t, one, store.Batch{Puts: []store.Put{LinkedTo("b.md", "a")}, More: true})
	Apply(t, two, store.Batch{Puts: []store.Put{LinkedTo("y.md", "x")}})
	WantBroken(t, "after the part", one, "a.md", "b.md")
	Apply(t, one, store.Batch{Whole: true})
	WantBroken(t, "after the whole", one)
	Apply(t, two, store.Batch{Puts: []store.Put{LinkedTo("z.md", "y")}, More: true})
	Apply(t, two, store.Batch{Whole: true})
	WantBroken(t, "in the end", two)
	if Waits(t, one) {
		t.Error("names still wait")
	}
}

// What a process that died left waits for the next run over the whole workspace, though that finds nothing to do.
func testLinksOfADeadProcess(t *testing.T, mk Maker) {
	open := mk(t)
	dead := open()
	Apply(t, dead, store.Batch{Puts: []store.Put{LinkedTo("a.md", "b"), LinkedTo("b.md", "a")}, More: true})
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	s := open()
	Apply(t, s, store.Batch{Puts: []store.Put{LinkedTo("c.md", "nobody")}})
	WantBroken(t, "after a part", s, "a.md", "b.md", "c.md")
	Apply(t, s, store.Batch{Whole: true})
	WantBroken(t, "after the whole", s, "c.md")

	before, err := s.DataVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	Apply(t, s, store.Batch{Whole: true})
	if after, err := s.DataVersion(t.Context()); err != nil || after != before {
		t.Errorf("an empty batch made version %d of %d: %v", after, before, err)
	}
}
