package sqlite

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

// linkedTo is a note with a link to another one, by name.
func linkedTo(id, to string) store.Put {
	p := note(id, "", "text of "+id)
	p.Edges = []store.Edge{{Target: to, Type: "CITES", Weight: 1, Line: 1}}
	return p
}

// brokenLinks are the sources of links that nothing answers.
func brokenLinks(t *testing.T, s *Store) []string {
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

func wantBroken(t *testing.T, when string, s *Store, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, brokenLinks(t, s)); diff != "" {
		t.Errorf("%s: %s", when, diff)
	}
}

func waits(t *testing.T, s *Store) bool {
	t.Helper()
	n, err := value[int](s.db.QueryContext(t.Context(), "SELECT count(*) FROM meta WHERE name = 'unresolved'"))
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// The links of a run resolve with its last batch, and vectors that come meanwhile do not make it sooner.
func TestLinksWaitForTheLastBatch(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("a.md", "b")}, More: true})
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("b.md", "c")}, More: true})
	apply(t, s, store.Batch{Vectors: map[string][]float32{"c:text of a.md": {1, 0}}, Model: store.Model{Digest: "d", Name: "m", Dim: 2}})
	wantBroken(t, "before the last batch", s, "a.md", "b.md")
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("c.md", "nobody")}, Whole: true})
	wantBroken(t, "after it", s, "c.md")
	if waits(t, s) {
		t.Error("names still wait")
	}
}

// A run over part of the workspace resolves its own links, also while those of another process wait.
func TestLinksOfTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "amalfa.db")
	one, two := open(t, path, Options{}), open(t, path, Options{})
	apply(t, one, store.Batch{Puts: []store.Put{linkedTo("a.md", "b")}, More: true})
	apply(t, two, store.Batch{Puts: []store.Put{linkedTo("x.md", "y")}, More: true})
	apply(t, one, store.Batch{Puts: []store.Put{linkedTo("b.md", "a")}, More: true})
	apply(t, two, store.Batch{Puts: []store.Put{linkedTo("y.md", "x")}})
	wantBroken(t, "after the part", one, "a.md", "b.md")
	apply(t, one, store.Batch{Whole: true})
	wantBroken(t, "after the whole", one)
	apply(t, two, store.Batch{Puts: []store.Put{linkedTo("z.md", "y")}, More: true})
	apply(t, two, store.Batch{Whole: true})
	wantBroken(t, "in the end", two)
	if waits(t, one) {
		t.Error("names still wait")
	}
}

// What a process that died left waits for the next run over the whole workspace, though that finds nothing to do.
func TestLinksOfADeadProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "amalfa.db")
	dead := open(t, path, Options{})
	apply(t, dead, store.Batch{Puts: []store.Put{linkedTo("a.md", "b"), linkedTo("b.md", "a")}, More: true})
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, path, Options{})
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("c.md", "nobody")}})
	wantBroken(t, "after a part", s, "a.md", "b.md", "c.md")
	apply(t, s, store.Batch{Whole: true})
	wantBroken(t, "after the whole", s, "c.md")

	before, err := s.DataVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, store.Batch{Whole: true})
	if after, err := s.DataVersion(t.Context()); err != nil || after != before {
		t.Errorf("an empty batch made version %d of %d: %v", after, before, err)
	}
}

// A batch that fails leaves what waits to the next one.
func TestLinksAfterAFailure(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("a.md", "b")}, More: true})
	if _, err := s.db.Exec("CREATE TRIGGER full BEFORE INSERT ON notes BEGIN SELECT RAISE(ABORT, 'full'); END"); err != nil {
		t.Fatal(err)
	}
	for _, more := range []bool{true, false} {
		if err := s.Apply(t.Context(), store.Batch{Puts: []store.Put{linkedTo("b.md", "a")}, More: more, Whole: true}); err == nil {
			t.Fatal("written in spite of the trigger")
		}
	}
	if _, err := s.db.Exec("DROP TRIGGER full"); err != nil {
		t.Fatal(err)
	}
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("b.md", "a")}, Whole: true})
	wantBroken(t, "after the second try", s)
	if waits(t, s) {
		t.Error("names still wait")
	}
}

// When many names wait, a batch in between resolves them.
func TestLinksDoNotWaitForever(t *testing.T) {
	s := fresh(t)
	b := store.Batch{Puts: []store.Put{linkedTo("a.md", "b"), linkedTo("b.md", "a")}, More: true}
	for i := range maxWaiting {
		b.Puts[0].Note.Symbols = append(b.Puts[0].Note.Symbols, strconv.Itoa(i))
	}
	apply(t, s, store.Batch{Puts: []store.Put{linkedTo("c.md", "a")}, More: true})
	apply(t, s, b)
	wantBroken(t, "after the large batch", s)
	if waits(t, s) || len(s.waiting.names) > 0 {
		t.Errorf("%d names still wait", len(s.waiting.names))
	}
}
