package watcher_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"amalfa/ingest"
	"amalfa/lifecycle"
	"amalfa/services/watcher"
	"amalfa/store"
	"amalfa/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a workspace with an index and a watcher that keeps it fresh.
type bench struct {
	t       *testing.T
	root    string
	store   store.Store
	ingest  ingest.Options
	life    *lifecycle.Machine
	updates atomic.Int64 // ingests that wrote or deleted notes
	fail    atomic.Bool
}

func newBench(t *testing.T) *bench { return newBenchIn(t, t.TempDir()) }

func newBenchIn(t *testing.T, root string) *bench {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(root, ".amalfa", "runtime"), 0o700); err != nil {
		t.Fatal(err)
	}
	st, err := sqlite.Open(t.Context(), filepath.Join(root, ".amalfa", "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return &bench{t: t, root: root, store: st, life: lifecycle.New(nil), ingest: ingest.Options{
		Root: root, Store: st, WriterLock: filepath.Join(root, ".amalfa", "writer.lock"),
	}}
}

func (b *bench) path(id string) string { return filepath.Join(b.root, filepath.FromSlash(id)) }
func (b *bench) statusFile() string    { return b.path(".amalfa/runtime/watcher.json") }
func (b *bench) status() (s watcher.Status) {
	data, err := os.ReadFile(b.statusFile())
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		b.t.Error(err)
	}
	return s
}

func (b *bench) is(want lifecycle.State) bool { st, _ := b.life.Now(); return st == want }

func (b *bench) write(id, text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path(id)), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.path(id), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) options() watcher.Options {
	count := func(s ingest.Summary, err error) (ingest.Summary, error) {
		if b.fail.Load() {
			return ingest.Summary{}, fmt.Errorf("disk full")
		}
		if s.Indexed+s.Partial+s.Deleted > 0 {
			b.updates.Add(1)
		}
		return s, err
	}
	return watcher.Options{
		Root: b.root, StatusFile: b.statusFile(), Life: b.life, Debounce: 150 * time.Millisecond,
		Ingest: func(ctx context.Context, paths []string) (ingest.Summary, error) {
			return count(ingest.Update(ctx, b.ingest, paths))
		},
		Full: func(ctx context.Context) (ingest.Summary, error) { return count(ingest.Run(ctx, b.ingest)) },
		Folders: func(ctx context.Context, below []string) ([]string, error) {
			return ingest.Folders(ctx, b.ingest, below)
		},
		Ignore: func() []string { return ingest.IgnoreSources(b.ingest) },
	}
}

// serve runs a watcher until the test ends, and waits until it is ready.
func (b *bench) serve(o watcher.Options) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- watcher.Serve(ctx, o) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Errorf("Serve: %v", err)
		}
		if !b.is(lifecycle.Stopped) {
			b.t.Error("after the end the state is not stopped")
		}
	})
	b.eventually("ready", func() bool { return b.status().LastIngest != nil })
}

func (b *bench) eventually(what string, ok func() bool) {
	b.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			b.t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// notes are the ids the index holds.
func (b *bench) notes() []string {
	list, err := b.store.List(b.t.Context(), "", "", 0)
	if err != nil {
		b.t.Error(err)
	}
	var ids []string
	for _, n := range list {
		ids = append(ids, n.ID)
	}
	return ids
}

// disk are the notes there are.
func (b *bench) disk() []string {
	var ids []string
	_ = filepath.WalkDir(b.root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".md" {
			rel, _ := filepath.Rel(b.root, path)
			ids = append(ids, filepath.ToSlash(rel))
		}
		return nil
	})
	slices.Sort(ids)
	return ids
}

func (b *bench) converges() {
	b.t.Helper()
	var diff string
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		if diff = cmp.Diff(b.disk(), b.notes()); diff == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.t.Fatalf("index differs from disk (-disk +index):\n%s", diff)
		}
	}
}

func TestNewChangedRenamedAndDeletedNotes(t *testing.T) {
	b := newBench(t)
	b.write("a.md", "# A\n\nalpha\n")
	b.serve(b.options())
	b.write("b.md", "# B\n\nbeta\n")
	b.converges()
	if err := os.Rename(b.path("b.md"), b.path("c.md")); err != nil {
		t.Fatal(err)
	}
	b.converges()
	b.write("a.md", "# A\n\nomega\n")
	b.eventually("new text of a.md", func() bool {
		c, err := b.store.Chunks(t.Context(), "a.md")
		return err == nil && len(c) == 1 && c[0].Text == "# A\n\nomega"
	})
	if err := os.Remove(b.path("c.md")); err != nil {
		t.Fatal(err)
	}
	b.converges()
	if diff := cmp.Diff([]string{"a.md"}, b.notes()); diff != "" {
		t.Error(diff)
	}
}

// F22: notes written right after mkdir -p must not be lost to a watch that comes too late.
func TestNestedNewFolders(t *testing.T) {
	b := newBench(t)
	b.serve(b.options())
	for i := range 100 {
		b.write(fmt.Sprintf("t%d/a/b/c/n.md", i), "text")
	}
	b.converges()
	b.write("t7/a/b/c/late.md", "text") // the folder is watched by now
	b.converges()
	if err := os.Rename(b.path("t7"), b.path("moved")); err != nil {
		t.Fatal(err)
	}
	b.converges()
	b.write("moved/a/b/c/after.md", "text")
	b.converges()
	if err := os.RemoveAll(b.path("moved")); err != nil {
		t.Fatal(err)
	}
	b.converges()
}

// F25: one save is one index run, whatever system calls the editor makes of it.
func TestOneIndexRunPerSave(t *testing.T) {
	saves := map[string]func(b *bench, text string) error{
		"truncate and write": func(b *bench, text string) error { return os.WriteFile(b.path("n.md"), []byte(text), 0o644) },
		"tmp and rename": func(b *bench, text string) error {
			if err := os.WriteFile(b.path(".n.md.tmp123"), []byte(text), 0o644); err != nil {
				return err
			}
			return os.Rename(b.path(".n.md.tmp123"), b.path("n.md"))
		},
		"vim with backup": func(b *bench, text string) error {
			if err := os.Rename(b.path("n.md"), b.path("n.md~")); err != nil {
				return err
			}
			if err := os.WriteFile(b.path("n.md"), []byte(text), 0o644); err != nil {
				return err
			}
			return os.Remove(b.path("n.md~"))
		},
		"vim's probe file": func(b *bench, text string) error {
			if err := os.WriteFile(b.path("4913"), nil, 0o644); err != nil {
				return err
			}
			if err := os.Remove(b.path("4913")); err != nil {
				return err
			}
			return os.WriteFile(b.path("n.md"), []byte(text), 0o644)
		},
		"in pieces": func(b *bench, text string) error {
			f, err := os.Create(b.path("n.md"))
			if err != nil {
				return err
			}
			for _, c := range []byte(text) {
				if _, err := f.Write([]byte{c}); err != nil {
					return err
				}
			}
			return f.Close()
		},
	}
	for name, save := range saves {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.write("n.md", "before")
			b.serve(b.options())
			b.updates.Store(0)
			text := "after " + name
			if err := save(b, text); err != nil {
				t.Fatal(err)
			}
			b.eventually("the new text", func() bool {
				c, err := b.store.Chunks(t.Context(), "n.md")
				return err == nil && len(c) == 1 && c[0].Text == text
			})
			b.write("sentinel.md", "x") // a later change, indexed after whatever the save still has in store
			b.converges()
			b.eventually("the count", func() bool { return b.updates.Load() >= 2 }) // it follows the commit
			if n := b.updates.Load(); n != 2 {
				t.Errorf("%d index runs for one save and one new note, want 2", n)
			}
		})
	}
}

// F21: churn, then the index is what is on disk.
func TestChurn(t *testing.T) {
	b := newBench(t)
	b.serve(b.options())
	for i := range 1500 {
		dir := fmt.Sprintf("d%d", i%7)
		switch i % 5 {
		case 0, 1:
			b.write(fmt.Sprintf("%s/sub%d/n%d.md", dir, i%3, i%40), fmt.Sprintf("text %d", i))
		case 2:
			_ = os.Rename(b.path(dir), b.path(fmt.Sprintf("d%d-moved", i%4)))
		case 3:
			_ = os.Remove(b.path(fmt.Sprintf("%s/sub%d/n%d.md", dir, i%3, i%40)))
		case 4:
			if i%50 == 4 {
				_ = os.RemoveAll(b.path(dir))
			}
		}
	}
	b.converges()
	lag, err := ingest.Lag(t.Context(), b.ingest)
	if err != nil || lag != 0 {
		t.Errorf("lag %d, %v", lag, err)
	}
}

func TestFailedIngestIsTriedAgainAndReported(t *testing.T) {
	b := newBench(t)
	b.serve(b.options())
	b.fail.Store(true)
	b.write("a.md", "alpha")
	b.eventually("the error", func() bool {
		st, reason := b.life.Now()
		return st == lifecycle.Degraded && reason == "indexing fails: disk full" && b.status().LastError == "disk full"
	})
	b.fail.Store(false)
	b.eventually("ready again", func() bool { return b.is(lifecycle.Ready) })
	b.converges()
}

// Notes that went in while the model was away get their vectors when it is back, without another change.
func TestNotesWithoutVectorsAreCompleted(t *testing.T) {
	b := newBench(t)
	b.write("a.md", "alpha")
	o := b.options()
	var looks atomic.Int64
	full := o.Full
	o.Full = func(ctx context.Context) (ingest.Summary, error) {
		s, err := full(ctx)
		s.Missing = 0
		if looks.Add(1) < 3 {
			s.Missing = 1
		}
		return s, err
	}
	b.serve(o)
	b.eventually("three looks at everything", func() bool { return b.status().Rescans == 3 })
}

func TestIgnoredFoldersAreNotWatched(t *testing.T) {
	b := newBench(t)
	b.write(".gitignore", "build/\n")
	b.write("build/x/y.md", "no")
	b.write("node_modules/z/README.md", "no")
	b.write(".hidden/n.md", "no")
	b.write("docs/a.md", "yes")
	b.serve(b.options())
	if s := b.status(); s.Folders != 2 { // the workspace and docs
		t.Errorf("%d folders watched, want 2", s.Folders)
	}
	b.write(".gitignore", "docs/\n")
	b.eventually("build in, docs out", func() bool { return cmp.Equal([]string{"build/x/y.md"}, b.notes()) })
	b.write("build/x/z.md", "also")
	b.eventually("the new watch", func() bool { return len(b.notes()) == 2 })
}

// A marker that comes has the links below it read again, in notes that nobody touched.
func TestAMarkerIsNoticed(t *testing.T) {
	b := newBench(t)
	b.write("vault/a.md", "[[the other|b.c]]")
	b.write("vault/b.c.md", "x")
	b.serve(b.options())
	b.eventually("both", func() bool { return len(b.notes()) == 2 })
	b.write("dendron.yml", "workspace:\n  vaults:\n  - fsPath: vault\n")
	b.eventually("Dendron's link", func() bool {
		edges, err := b.store.Edges(t.Context(), "vault/b.c.md", store.In)
		return err == nil && len(edges) == 1
	})
}

// An ignore file above the workspace, in its repository, is watched though it lies outside.
func TestIgnoreFileAboveIsWatched(t *testing.T) {
	top := t.TempDir()
	b := newBenchIn(t, filepath.Join(top, "docs"))
	b.write("../.git/HEAD", "ref: refs/heads/main\n")
	b.write("../.git/info/exclude", "")
	b.write("a.md", "a")
	b.write("b.md", "b")
	b.serve(b.options())
	b.eventually("both", func() bool { return len(b.notes()) == 2 })
	b.write("../.gitignore", "/docs/a.md\n")
	b.eventually("a.md out", func() bool { return cmp.Equal([]string{"b.md"}, b.notes()) })
	b.write("../.git/info/exclude", "b.md\n")
	b.eventually("b.md out", func() bool { return len(b.notes()) == 0 })
	if err := os.Remove(b.path("../.gitignore")); err != nil {
		t.Fatal(err)
	}
	b.eventually("a.md back", func() bool { return cmp.Equal([]string{"a.md"}, b.notes()) })
}
