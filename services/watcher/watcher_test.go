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
	deadline := time.After(time.Minute)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			b.t.Fatalf("not within a minute: %s", what)
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
	deadline := time.After(time.Minute)
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
		"emacs": func(b *bench, text string) error { // lock, auto-save and backup beside it
			for _, step := range []func() error{
				func() error { return os.Symlink("me@here.1:2", b.path(".#n.md")) },
				func() error { return os.WriteFile(b.path("#n.md#"), []byte(text[:2]), 0o644) },
				func() error { return os.Rename(b.path("n.md"), b.path("n.md~")) },
				func() error { return os.WriteFile(b.path("n.md"), []byte(text), 0o644) },
				func() error { return os.Remove(b.path("#n.md#")) },
				func() error { return os.Remove(b.path(".#n.md")) },
			} {
				if err := step(); err != nil {
					return err
				}
			}
			return nil
		},
		"sed -i": func(b *bench, text string) error {
			if err := os.WriteFile(b.path("sedAbC123"), []byte(text), 0o600); err != nil {
				return err
			}
			if err := os.Chmod(b.path("sedAbC123"), 0o644); err != nil {
				return err
			}
			return os.Rename(b.path("sedAbC123"), b.path("n.md"))
		},
		"in place, longer and cut": func(b *bench, text string) error { // VS Code
			f, err := os.OpenFile(b.path("n.md"), os.O_RDWR, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte(text), 0)
			return errors.Join(err, f.Truncate(int64(len(text))), f.Sync(), f.Close())
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
			t.Parallel()
			b := newBench(t)
			b.write("n.md", "before")
			o := b.options()
			o.Debounce = 2 * time.Second // longer than a busy machine takes between two of a save's system calls
			b.serve(o)
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

// Vectors are made beside the ingests: after a failure they are tried again, and its reason is shown meanwhile.
func TestVectorsAreTriedAgain(t *testing.T) {
	b := newBench(t)
	b.write("a.md", "alpha")
	o := b.options()
	var runs atomic.Int64
	fail, goOn := make(chan error), make(chan error)
	o.Vectors = func(ctx context.Context) (int, error) {
		runs.Add(1)
		select {
		case err := <-fail:
			return 0, err
		case err := <-goOn:
			return 1, err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	b.serve(o)
	b.write("b.md", "beta") // while vectors are being made
	b.converges()
	fail <- errors.New("no model")
	b.eventually("the reason", func() bool {
		st, why := b.life.Now()
		return st == lifecycle.Degraded && why == "vectors cannot be made: no model" && cmp.Equal(b.status().Problems, []string{why})
	})
	goOn <- nil
	b.eventually("ready again", func() bool { return b.is(lifecycle.Ready) && len(b.status().Problems) == 0 })
}

// A note that is saved while vectors are made has its own made, too; none are looked for without a reason.
func TestVectorsOfLaterNotes(t *testing.T) {
	b := newBench(t)
	o := b.options()
	ended := make(chan struct{})
	var runs atomic.Int64
	o.Vectors = func(context.Context) (int, error) {
		runs.Add(1)
		<-ended
		return 0, nil
	}
	ingests := o.Ingest
	o.Ingest = func(ctx context.Context, paths []string) (ingest.Summary, error) {
		sum, err := ingests(ctx, paths)
		sum.Missing = sum.Indexed
		return sum, err
	}
	b.serve(o)
	b.eventually("the first run", func() bool { return runs.Load() == 1 })
	b.write("b.md", "beta")
	b.converges()
	b.eventually("the ingest is recorded", func() bool { return b.status().LastChange != nil })
	ended <- struct{}{}
	b.eventually("the second run", func() bool { return runs.Load() == 2 })
	ended <- struct{}{}
	close(ended)
	if err := os.Remove(b.path("b.md")); err != nil {
		t.Fatal(err)
	}
	b.converges()
	if n := runs.Load(); n != 2 {
		t.Errorf("%d runs, want 2", n)
	}
}

// While it is paused nothing is indexed, what changes is listed, and afterwards all of it is indexed.
func TestPause(t *testing.T) {
	b := newBench(t)
	b.write("a.md", "alpha")
	o := b.options()
	o.PauseFile, o.Journal, o.Owner = b.path(".amalfa/runtime/pause"), b.path(".amalfa/runtime/changes"), func() string { return "me" }
	stopped := make(chan struct{}, 10)
	o.Vectors = func(ctx context.Context) (int, error) {
		<-ctx.Done()
		stopped <- struct{}{}
		return 0, ctx.Err()
	}
	b.serve(o)
	if err := watcher.WritePause(o.PauseFile, watcher.Pause{}); err != nil {
		t.Fatal(err)
	}
	b.eventually("the state", func() bool {
		st, why := b.life.Now()
		return st == lifecycle.Degraded && why == `paused: run "amalfa watcher resume"`
	})
	<-stopped
	b.write("b.md", "beta")
	b.eventually("the change is listed", func() bool {
		ids, ok := watcher.ReadJournal(o.Journal, "me")
		return ok && slices.Contains(ids, "b.md")
	})
	if got := b.notes(); !cmp.Equal(got, []string{"a.md"}) {
		t.Errorf("indexed while paused: %v", got)
	}
	if held, err := watcher.EndPause(o.PauseFile, time.Now()); !held || err != nil {
		t.Error(held, err)
	}
	b.converges()
	b.eventually("ready", func() bool {
		ids, _ := watcher.ReadJournal(o.Journal, "me")
		return b.is(lifecycle.Ready) && len(ids) == 0
	})
	past := time.Now().Add(-time.Second)
	if err := watcher.WritePause(o.PauseFile, watcher.Pause{Until: &past}); err != nil {
		t.Fatal(err)
	}
	b.write("c.md", "gamma") // a pause that is over holds nothing up
	b.converges()
}

// Folders that are polled by setting are no failure, and what changes in them is found.
func TestPollingBySetting(t *testing.T) {
	b := newBench(t)
	b.write("docs/a.md", "alpha")
	o := b.options()
	o.Polled, o.Poll = watcher.Polling(watcher.PollAlways), 50*time.Millisecond
	b.serve(o)
	if s := b.status(); s.Folders != 0 || s.Unwatched != 2 {
		t.Errorf("%d watched, %d polled, want 0 and 2", s.Folders, s.Unwatched)
	}
	b.write("docs/deep/b.md", "beta")
	b.converges()
	b.eventually("ready", func() bool {
		st, why := b.life.Now()
		return st == lifecycle.Ready && why == "folders are polled: watch.polling is always"
	})
}

// A source that comes later is indexed when it does.
func TestSourcesThatAppearLater(t *testing.T) {
	b := newBench(t)
	b.ingest.Sources = []string{"docs", "papers/*.md"}
	b.write("other/x.md", "no")
	b.serve(b.options())
	b.write("docs/deep/a.md", "alpha")
	b.eventually("the first", func() bool { return cmp.Equal(b.notes(), []string{"docs/deep/a.md"}) })
	b.write("papers/p.md", "paper")
	b.eventually("the second", func() bool { return len(b.notes()) == 2 })
	if err := os.Rename(b.path("docs"), b.path("gone")); err != nil {
		t.Fatal(err)
	}
	b.eventually("the first leaves", func() bool { return cmp.Equal(b.notes(), []string{"papers/p.md"}) })
	if err := os.Rename(b.path("gone"), b.path("docs")); err != nil {
		t.Fatal(err)
	}
	b.write("docs/deep/late.md", "late")
	b.eventually("and comes back", func() bool { return len(b.notes()) == 3 })
}

// A rename that changes only the case of a name, of a file and of a folder.
func TestCaseOnlyRenames(t *testing.T) {
	b := newBench(t)
	b.write("Docs/Note.md", "alpha")
	b.serve(b.options())
	b.converges()
	for _, step := range [][2]string{{"Docs/Note.md", "Docs/note.md"}, {"Docs", "docs"}, {"docs/note.md", "docs/NOTE.md"}} {
		if err := os.Rename(b.path(step[0]), b.path(step[1])); err != nil {
			t.Fatal(err)
		}
		b.converges()
	}
	if got := b.notes(); !cmp.Equal(got, []string{"docs/NOTE.md"}) {
		t.Error(got)
	}
}

// What is read shortly after it changed is read once more, so that the index is as one that is made later.
func TestRacyFilesAreReadAgain(t *testing.T) {
	b := newBench(t)
	b.serve(b.options())
	b.write("a.md", "alpha")
	b.converges()
	b.eventually("the record is sure", func() bool {
		files, err := b.store.FilesAt(t.Context(), []string{"a.md"})
		return err == nil && len(files) == 1 && !files["a.md"].Racy
	})
}

// F21: ten thousand renames at once.
func TestTenThousandRenames(t *testing.T) {
	b := newBench(t)
	for i := range 100 {
		b.write(fmt.Sprintf("n%d.md", i), "text")
	}
	b.serve(b.options())
	for round := range 100 {
		for i := range 100 {
			from, to := fmt.Sprintf("n%d.md", i), fmt.Sprintf("m%d.md", i)
			if round%2 == 1 {
				from, to = to, from
			}
			if err := os.Rename(b.path(from), b.path(to)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Rename(b.path("n7.md"), b.path("last.md")); err != nil {
		t.Fatal(err)
	}
	b.converges()
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
