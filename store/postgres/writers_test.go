package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// on opens a workspace as a machine does.
func on(t *testing.T, url, machine string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: machine})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func ingestFolder(t *testing.T, s *postgres.Store, dir string) ingest.Summary {
	t.Helper()
	sum, err := ingest.Run(t.Context(), ingest.Options{Root: dir, Store: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return sum
}

func held(t *testing.T, s *postgres.Store) map[string]string {
	t.Helper()
	all, err := s.List(t.Context(), "", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, n := range all {
		chunks, err := s.Chunks(t.Context(), n.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chunks {
			texts[n.ID] += c.Text
		}
	}
	return texts
}

// A put over what is not there any more is refused whole; one of what is there already is none.
func TestCompareAndSwap(t *testing.T) {
	url := pgserver.Shared(t).Database(t)
	a, b := on(t, url, "a"), on(t, url, "b")
	version := func(hash string, over *string) store.Put {
		p := storetest.Note("n.md", "N", hash)
		p.Note.Hash, p.Over = hash, over
		return p
	}
	none, one := "", "1"
	storetest.Apply(t, a, store.Batch{Puts: []store.Put{version("1", &none)}})
	storetest.Apply(t, b, store.Batch{Puts: []store.Put{version("2", &one)}})
	err := a.Apply(t.Context(), store.Batch{Puts: []store.Put{storetest.Note("other.md", "", "x"), version("3", &one)}})
	var lost *store.ConflictError
	if !errors.As(err, &lost) || len(lost.IDs) != 1 || lost.IDs[0] != "n.md" {
		t.Fatalf("%v", err)
	}
	if _, err := a.Get(t.Context(), "other.md"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("half of the batch was written: %v", err)
	}
	storetest.Apply(t, a, store.Batch{Puts: []store.Put{version("2", &one)}}) // the same by chance
}

// A partial checkout deletes nothing of another machine's; a machine's own deletions hold; an edit wins whole, and a file that did not
// change here does not take an edit from there back.
func TestMachines(t *testing.T) {
	url := pgserver.Shared(t).Database(t)
	a, b := on(t, url, "a"), on(t, url, "b")
	atA, atB := t.TempDir(), t.TempDir()
	for _, dir := range []string{atA, atB} {
		write(t, dir, "both.md", "# Both\n\nThe first version, see [[onlya]].\n")
	}
	write(t, atA, "onlya.md", "# Only A\n\nText.\n")
	write(t, atA, "gone.md", "# Gone\n\nText.\n")
	write(t, atA, "picture.png", "png")
	ingestFolder(t, a, atA)
	if sum := ingestFolder(t, b, atB); sum.Deleted != 0 {
		t.Errorf("B deleted %d notes that it never held", sum.Deleted)
	}
	if got := held(t, b); len(got) != 3 {
		t.Fatalf("%q", got)
	}
	others, err := a.Others(t.Context())
	if err != nil || len(others) == 0 {
		t.Errorf("B took the picture away: %v %v", others, err)
	}
	write(t, atB, "both.md", "# Both\n\nThe second version, of B, see [[onlya]].\n")
	ingestFolder(t, b, atB)
	ingestFolder(t, a, atA) // whose file is still the first
	if got := held(t, a)["both.md"]; !strings.Contains(got, "second version, of B") {
		t.Errorf("A took B's edit back: %q", got)
	}
	if err := os.Remove(filepath.Join(atB, "both.md")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(atA, "gone.md")); err != nil {
		t.Fatal(err)
	}
	if sum := ingestFolder(t, a, atA); sum.Deleted != 1 {
		t.Errorf("A deleted %d", sum.Deleted)
	}
	if sum := ingestFolder(t, b, atB); sum.Deleted != 1 {
		t.Errorf("B deleted %d", sum.Deleted)
	}
	got := held(t, a)
	if _, ok := got["gone.md"]; ok {
		t.Error("gone.md is there")
	}
}

// Many machines on overlapping folders at once: nothing is lost, nothing is torn, and in the end each note is as one of them has it.
func TestManyWriters(t *testing.T) {
	url := pgserver.Shared(t).Database(t)
	const machines, notes, rounds = 5, 6, 4
	text := func(machine, note, round int) string {
		return fmt.Sprintf("# Note %d\n\nRound %d of machine %d, see [[n%d]].\n\n## More\n\nAgain round %d of machine %d.\n", note, round, machine, (note+1)%notes, round, machine)
	}
	var all sync.WaitGroup
	stores := make([]*postgres.Store, machines)
	for m := range machines {
		stores[m] = on(t, url, fmt.Sprint("machine", m))
	}
	for m := range machines {
		dir := t.TempDir()
		all.Go(func() {
			for round := range rounds {
				for n := range notes {
					write(t, dir, fmt.Sprintf("n%d.md", n), text(m, n, round))
				}
				write(t, dir, fmt.Sprintf("own%d.md", m), text(m, 99, round))
				if sum, err := ingest.Run(context.Background(), ingest.Options{Root: dir, Store: stores[m]}); err != nil || sum.Failed > 0 {
					t.Errorf("machine %d: %+v %v", m, sum.Files, err)
				}
			}
		})
	}
	all.Wait()
	if err := stores[0].Check(t.Context()); err != nil {
		t.Error(err)
	}
	got := held(t, stores[0])
	if len(got) != machines+notes {
		t.Errorf("%d notes", len(got))
	}
	for n := range notes {
		id, whole := fmt.Sprintf("n%d.md", n), false
		for m := range machines {
			dir := t.TempDir()
			write(t, dir, id, text(m, n, rounds-1))
			alone := pgTexts(t, url, fmt.Sprint("alone", n, m), dir)
			whole = whole || alone[id] == got[id]
		}
		if !whole {
			t.Errorf("%s is of no machine: %q", id, got[id])
		}
	}
	if broken, err := stores[0].Broken(t.Context()); err != nil || len(broken) != 0 && broken[0].Target != "n100" {
		t.Errorf("%v %v", broken, err)
	}
}

func pgTexts(t *testing.T, url, workspace, dir string) map[string]string {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: workspace, Machine: "alone"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ingestFolder(t, s, dir)
	return held(t, s)
}
