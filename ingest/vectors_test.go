package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/store"
)

// moved writes notes of distinct texts, indexes them, and renames file i to (i+by) mod n.
func moved(t *testing.T, n, by int) *workspace {
	t.Helper()
	w := newWorkspace(t, nil)
	for i := range n {
		w.write(fmt.Sprintf("n%03d.md", i), fmt.Sprintf("---\ntitle: t%d\n---\ntext %d\n", i, i))
	}
	w.run()
	w.rotate(n, by)
	return w
}

func (w *workspace) rotate(n, by int) {
	w.t.Helper()
	for i := range n {
		w.rename(fmt.Sprintf("n%03d.md", i), fmt.Sprintf("moving%03d", i))
	}
	for i := range n {
		w.rename(fmt.Sprintf("moving%03d", i), fmt.Sprintf("n%03d.md", (i+by)%n))
	}
}

// oneAtATime is for models that count or disturb: batches are embedded at the same time.
func oneAtATime(fn func([]string) error) func([]string) error {
	var mu sync.Mutex
	return func(texts []string) error {
		mu.Lock()
		defer mu.Unlock()
		return fn(texts)
	}
}

// complete fails the test unless every passage has the vector of its own text, and the index says so itself.
func (w *workspace) complete(what string) {
	w.t.Helper()
	ctx := w.t.Context()
	if err := w.opts.Store.Check(ctx); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
	digest := "hash-1"
	missing, err := w.opts.Store.WithoutVectors(ctx, digest)
	if err != nil || len(missing) > 0 {
		w.t.Fatalf("%s: without vectors: %q, %v", what, missing, err)
	}
	stats, err := w.opts.Store.Stats(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := w.opts.Store.VectorsOf(ctx, digest, nil)
	if err != nil || len(all.IDs) != stats.Chunks {
		w.t.Fatalf("%s: %d vectors of %d passages, %v", what, len(all.IDs), stats.Chunks, err)
	}
}

// A vector outlives the note it was made for when another note of the run has its passage: however far apart their batches are.
func TestContentThatMovesKeepsItsVectors(t *testing.T) {
	for _, by := range []int{1, 10, 64, 100} {
		t.Run(fmt.Sprint(by), func(t *testing.T) {
			w := moved(t, 200, by)
			if s := w.run(); s.Indexed != 200 || s.Reused != 200 || s.Embedded != 0 || s.Missing != 0 {
				t.Errorf("%+v", s)
			}
			w.complete("moved")
			if s := w.run(); s.Unchanged != 200 {
				t.Errorf("once more: %+v", s)
			}
		})
	}
}

// The same by what a watcher reports, some of it now and some of it later.
func TestContentThatMovesBetweenRunsGetsItsVectors(t *testing.T) {
	w := moved(t, 200, 64)
	var first, second []string
	for i := range 200 {
		if i%3 == 0 {
			first = append(first, fmt.Sprintf("n%03d.md", i))
		} else {
			second = append(second, fmt.Sprintf("n%03d.md", i))
		}
	}
	for _, paths := range [][]string{first, second} {
		if _, err := ingest.Update(t.Context(), w.opts, paths); err != nil {
			t.Error(err)
		}
		if made, err := ingest.MakeVectors(t.Context(), w.opts); err != nil || made.Missing != made.Changed {
			t.Errorf("%+v %v", made, err)
		}
	}
	w.complete("moved")
}

func TestContentThatLeavesAndComesBack(t *testing.T) {
	w := newWorkspace(t, nil)
	text := func(i int) string { return fmt.Sprintf("# N%d\n\ntext %d", i, i) }
	for i := range 200 {
		w.write(fmt.Sprintf("n%03d.md", i), text(i))
	}
	w.run()
	for i := range 200 { // the first batch takes the text out, the last brings it back under another name
		w.write(fmt.Sprintf("n%03d.md", i), text(200+i))
		w.write(fmt.Sprintf("z%03d.md", i), text(i))
	}
	if s := w.run(); s.Embedded != 200 || s.Reused != 200 || s.Missing != 0 {
		t.Errorf("%+v", s)
	}
	w.complete("back")
	for i := range 200 { // nobody needs a passage that waits for nobody
		if err := os.Remove(w.path(fmt.Sprintf("z%03d.md", i))); err != nil {
			t.Fatal(err)
		}
		w.write(fmt.Sprintf("n%03d.md", i), text(i))
	}
	if s := w.run(); s.Reused != 200 || s.Embedded != 0 {
		t.Errorf("%+v", s)
	}
	w.complete("gone")
	if has, err := w.opts.Store.HasVectors(t.Context(), "hash-1", hashesOf(w)); err != nil || len(has) != 200 {
		t.Errorf("%d vectors of 200 passages, %v", len(has), err)
	}
}

func hashesOf(w *workspace) (hashes []string) {
	for _, id := range w.notes() {
		for _, c := range w.chunks(id) {
			hashes = append(hashes, c.Hash)
		}
	}
	return hashes
}

// Files that somebody touches while the model is busy are written in a later batch, and keep the vectors made for them.
func TestTouchedWhileTheyAreEmbedded(t *testing.T) {
	w := newWorkspace(t, nil)
	for i := range 200 {
		w.write(fmt.Sprintf("n%03d.md", i), fmt.Sprintf("text %d", i))
	}
	touched, made := false, 0
	w.opts.Embedder = hashModel{calls: oneAtATime(func(texts []string) error {
		made += len(texts)
		if touched {
			return nil
		}
		touched = true
		for i := range 30 {
			now := time.Now().Add(time.Duration(i) * time.Second)
			if err := os.Chtimes(w.path(fmt.Sprintf("n%03d.md", i)), now, now); err != nil {
				return err
			}
		}
		return nil
	})}
	if s := w.run(); s.Indexed != 200 || s.Missing != 0 || s.Embedded != 200 || s.Reused != 0 || made != 200 {
		t.Errorf("%+v, %d texts embedded", s, made)
	}
	w.complete("touched")
}

// A run whose model failed says what lacks vectors, and the next one makes them.
func TestModelThatFailsInTheMiddle(t *testing.T) {
	w := moved(t, 200, 64)
	for i := range 100 {
		w.write(fmt.Sprintf("new%03d.md", i), fmt.Sprintf("new text %d", i))
	}
	calls := 0
	w.opts.Embedder = hashModel{calls: oneAtATime(func([]string) error {
		if calls++; calls > 1 {
			return errors.New("daemon is gone")
		}
		return nil
	})}
	s := w.run()
	missing, err := w.opts.Store.WithoutVectors(t.Context(), "hash-1")
	if err != nil || len(missing) == 0 || s.Missing != len(missing) || len(s.Degraded) != 1 {
		t.Errorf("%d lack vectors, %v; %+v", len(missing), err, s)
	}
	w.opts.Embedder = hashModel{}
	if s := w.run(); s.Embedded != len(missing) || s.Missing != 0 || len(s.Degraded) != 0 {
		t.Errorf("%+v", s)
	}
	w.complete("repaired")
}

// What another writer removes between the look and the write is made again in the same run.
func TestVectorsThatAnotherWriterRemoves(t *testing.T) {
	w := moved(t, 200, 64)
	w.write("new.md", "new")
	other, raced := w.opts, false
	w.opts.Embedder = hashModel{calls: oneAtATime(func([]string) error {
		if raced {
			return nil
		}
		raced = true
		for i := range 200 { // an editor's save and back, seen by a watcher in between
			if err := os.Rename(w.path(fmt.Sprintf("n%03d.md", i)), w.path(fmt.Sprintf("n%03d.away", i))); err != nil {
				return err
			}
		}
		_, err := ingest.RunWhole(t.Context(), other)
		for i := range 200 {
			err = errors.Join(err, os.Rename(w.path(fmt.Sprintf("n%03d.away", i)), w.path(fmt.Sprintf("n%03d.md", i))))
		}
		return err
	})}
	if s := w.run(); s.Missing != 0 {
		t.Errorf("%+v", s)
	}
	w.complete("raced")
}

// Whatever happens to the files, and whatever runs were cut short, disturbed or without a model: after one undisturbed run every
// passage has its vector, and nothing is left to do.
func TestEveryPassageHasItsVectorInTheEnd(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorkspace(t, nil)
			c := chaos{workspace: w, rand: rand.New(rand.NewPCG(seed, 1))}
			for i := range 100 {
				w.write(fmt.Sprintf("n%03d.md", i), c.text())
			}
			for step := range 4 {
				c.change()
				c.disturbedRun()
				w.opts.Embedder = hashModel{}
				if s := w.run(); s.Missing != 0 || len(s.Degraded) != 0 {
					t.Fatalf("step %d: %+v", step, s)
				}
				w.complete(fmt.Sprintf("step %d", step))
				if s := w.run(); s.Embedded != 0 || s.Indexed != 0 {
					t.Fatalf("step %d, once more: %+v", step, s)
				}
				if diff := cmp.Diff(c.files(), w.notes()); diff != "" {
					t.Fatalf("step %d: %s", step, diff)
				}
			}
		})
	}
}

// chaos changes the files of a workspace at random.
type chaos struct {
	*workspace
	rand *rand.Rand
}

// text is one to three passages out of few, so that notes share them.
func (c chaos) text() string {
	text := "---\ntitle: same\n---\n"
	for range 1 + c.rand.IntN(3) {
		text += fmt.Sprintf("## H%[1]d\n\ntext %[1]d\n\n", c.rand.IntN(300))
	}
	return text
}

func (c chaos) files() []string {
	c.t.Helper()
	names, err := filepath.Glob(c.path("*.md"))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	return names
}

func (c chaos) change() {
	c.t.Helper()
	for range 40 {
		files := c.files()
		a, b := files[c.rand.IntN(len(files))], files[c.rand.IntN(len(files))]
		switch c.rand.IntN(6) {
		case 0:
			c.write(a, c.text())
		case 1:
			c.rename(a, fmt.Sprintf("n%03d.md", c.rand.IntN(200)))
		case 2:
			c.rename(a, "swap")
			if a != b {
				c.rename(b, a)
			}
			c.rename("swap", b)
		case 3:
			if err := os.Remove(c.path(a)); err != nil {
				c.t.Fatal(err)
			}
		case 4:
			c.write(fmt.Sprintf("z%03d.md", c.rand.IntN(100)), c.text())
		case 5:
			now := time.Now()
			if err := os.Chtimes(c.path(a), now, now); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// disturbedRun is a run that fails, is cut short, or works beside another one while files change.
func (c chaos) disturbedRun() {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	calls, at, how := 0, 1+c.rand.IntN(3), c.rand.IntN(5)
	c.opts.Embedder = hashModel{calls: oneAtATime(func([]string) error {
		if calls++; calls != at {
			return nil
		}
		switch how {
		case 0:
			cancel()
		case 1:
			return errors.New("daemon is gone")
		case 2:
			c.change()
		case 3:
			other := c.opts
			other.Embedder = nil
			_, err := ingest.RunWhole(ctx, other)
			return err
		}
		return nil
	})}
	if how == 4 {
		c.opts.Embedder = nil
	}
	if _, err := ingest.RunWhole(ctx, c.opts); err != nil && !errors.Is(err, context.Canceled) {
		c.t.Fatal(err)
	}
}

// Only a note whose passages all have vectors is one that needs none.
func TestRecordsTellWhichNotesHaveTheirVectors(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "alpha", "b.md": "beta"})
	w.opts.Embedder = nil
	w.run()
	files, err := w.opts.Store.Files(t.Context())
	if err != nil || files["a.md"].Vectors != "" || files["a.md"].State != store.Indexed {
		t.Errorf("%+v %v", files, err)
	}
	w.opts.Embedder = hashModel{calls: func(texts []string) error {
		if slices.ContainsFunc(texts, func(text string) bool { return strings.HasSuffix(text, "beta") }) {
			return errors.New("not this")
		}
		return nil
	}}
	if _, err := ingest.MakeVectors(t.Context(), w.opts); err != nil {
		t.Fatal(err)
	}
	files, err = w.opts.Store.Files(t.Context())
	got := []string{files["a.md"].Vectors, files["b.md"].Vectors}
	if err != nil || !slices.Equal(got, []string{"hash-1", ""}) {
		t.Errorf("%q %v", got, err)
	}
}
