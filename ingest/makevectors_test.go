package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/store/text"
)

// asked gathers the texts that a model was asked for, in order; each ends with the name of its note.
type asked struct{ texts []string }

func (a *asked) model() hashModel {
	return hashModel{calls: oneAtATime(func(texts []string) error {
		a.texts = append(a.texts, texts...)
		return nil
	})}
}

// names are the last words of the texts.
func (a *asked) names() (names []string) {
	for _, text := range a.texts {
		fields := strings.Fields(text)
		names = append(names, fields[len(fields)-1])
	}
	return names
}

func (w *workspace) at(name string, when time.Time) {
	w.t.Helper()
	if err := os.Chtimes(w.path(name), when, when); err != nil {
		w.t.Fatal(err)
	}
}

// words stores words only.
func (w *workspace) words() ingest.Summary {
	w.t.Helper()
	s, err := ingest.Run(w.t.Context(), w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *workspace) vectors() ingest.VectorSummary {
	w.t.Helper()
	s, err := ingest.MakeVectors(w.t.Context(), w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// Newest first: by the day that a note states, else by its file's time; within one second the note that more others link to.
func TestNewestNotesFirst(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"old.md": "old", "new.md": "new", "stated.md": "---\ndate: 2024-05-01\n---\nstated", "named-2023-01-02.md": "named",
		"linked.md": "linked", "other.md": "other", "from.md": "see [[linked]] [[linked]] from",
	})
	day := func(text string) time.Time {
		when, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	w.at("old.md", day("2020-01-01"))
	w.at("new.md", day("2024-06-01"))
	w.at("stated.md", day("2010-01-01"))
	w.at("named-2023-01-02.md", day("2025-01-01"))
	for _, name := range []string{"linked.md", "other.md", "from.md"} {
		w.at(name, day("2021-01-01"))
	}
	w.words()
	var a asked
	w.opts.Embedder = a.model()
	w.opts.OneAsk()
	w.vectors()
	want := []string{"new", "stated", "named", "linked", "from", "other", "old"}
	if diff := cmp.Diff(want, a.names()); diff != "" {
		t.Error(diff)
	}
}

// Of 100 notes each gets its first vector before any gets its second, the newest first; then the next 100.
func TestFirstPassagesFirst(t *testing.T) {
	w := newWorkspace(t, nil)
	var want []string
	for i := range 230 {
		name := fmt.Sprintf("n%04d", i)
		w.write(name+".md", fmt.Sprintf("# One\n\na %s1\n\n# Two\n\nb %s2\n\n# Three\n\nc %s3\n", name, name, name))
		w.at(name+".md", time.Unix(1e9-int64(i), 0))
	}
	for from := 0; from < 230; from += 100 {
		for _, some := range [][]string{{"1"}, {"2", "3"}} {
			for i := from; i < min(from+100, 230); i++ {
				for _, passage := range some {
					want = append(want, fmt.Sprintf("n%04d%s", i, passage))
				}
			}
		}
	}
	w.words()
	var a asked
	w.opts.Embedder = a.model()
	w.opts.OneAsk()
	w.vectors()
	if diff := cmp.Diff(want, a.names()); diff != "" {
		t.Error(diff)
	}
	w.complete("all windows")
}

// A run that begins again in the middle of a window first gives a vector to the notes that have none.
func TestFirstPassagesAfterAnInterrupt(t *testing.T) {
	w := newWorkspace(t, nil)
	for i := range 100 {
		name := fmt.Sprintf("n%04d", i)
		w.write(name+".md", fmt.Sprintf("# One\n\na %s1\n\n# Two\n\nb %s2\n", name, name))
		w.at(name+".md", time.Unix(1e9-int64(i), 0))
	}
	w.words()
	ctx, cancel := context.WithCancel(t.Context())
	var before, a asked
	w.opts.Embedder = before.model()
	w.opts.OneAsk()
	w.opts.VectorProgress = func(p ingest.VectorProgress) {
		if p.Made >= 40 {
			cancel()
		}
	}
	if _, err := ingest.MakeVectors(ctx, w.opts); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	made := len(before.texts)
	if made < 40 || made >= 100 {
		t.Fatalf("%d made before", made)
	}
	w.opts.Embedder, w.opts.VectorProgress = a.model(), nil
	w.vectors()
	for i, name := range a.names() {
		if first := strings.HasSuffix(name, "1"); first != (i < 100-made) {
			t.Fatalf("%d were made before, and then in place %d: %s", made, i, name)
		}
	}
	w.complete("in the end")
}

// What is saved, or what the watcher names, while vectors are made is next, whatever its date; and it is found by meaning long before the rest.
func TestSavedNoteComesNext(t *testing.T) {
	for how, save := range map[string]func(w *workspace) []string{
		"saved": func(w *workspace) []string {
			w.write("saved.md", "---\ndate: 1999-01-01\n---\nsaved")
			return nil
		},
		"named": func(w *workspace) []string {
			w.write("saved.md", "---\ndate: 1999-01-01\n---\nsaved")
			w.at("saved.md", time.Unix(0, 0))
			return []string{"saved.md"}
		},
	} {
		t.Run(how, func(t *testing.T) {
			w := newWorkspace(t, nil)
			old := time.Now().Add(-time.Hour) // of all: of two seconds the later one would come first
			for i := range 1000 {
				name := fmt.Sprintf("n%04d.md", i)
				w.write(name, fmt.Sprintf("text %d n%04d", i, i))
				w.at(name, old)
			}
			w.words()
			var a asked
			var named []string
			w.opts.First = func() []string { defer func() { named = nil }(); return named }
			w.opts.VectorProgress = func(p ingest.VectorProgress) {
				if p.Made > 0 && named == nil && !slices.Contains(w.notes(), "saved.md") {
					named = save(w)
					if _, err := ingest.Update(t.Context(), w.opts, []string{"saved.md"}); err != nil {
						t.Error(err)
					}
				}
			}
			w.opts.Embedder = a.model()
			w.opts.OneAsk()
			w.vectors()
			at := slices.Index(a.names(), "saved")
			if at < 0 || at > 3*64 { // the batches under way, and no other
				t.Errorf("it was text %d of %d", at, len(a.texts))
			}
			if !slices.IsSorted(slices.DeleteFunc(a.names()[:40], func(s string) bool { return s == "saved" })) {
				t.Errorf("the others lost their order: %q", a.names()[:40])
			}
		})
	}
}

// Words are found before a slow model has made its first vector, and while it works.
func TestWordsDoNotWaitForTheModel(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "# A\n\nalpha [[b]] #tag", "b.md": "beta"})
	begun, release := make(chan struct{}), make(chan struct{})
	w.opts.Embedder = hashModel{calls: oneAtATime(func([]string) error {
		select {
		case <-begun:
		default:
			close(begun)
		}
		<-release
		return nil
	})}
	done := make(chan error)
	go func() {
		_, err := ingest.RunWhole(context.Background(), w.opts)
		done <- err
	}()
	<-begun
	m, err := w.opts.Store.Keyword(t.Context(), text.Phrase("alpha"), 10)
	if err != nil || len(m) != 1 {
		t.Errorf("%v %v", m, err)
	}
	if stats, err := w.opts.Store.Stats(t.Context()); err != nil || stats.Notes != 2 || stats.Links != 1 || stats.Tags != 1 {
		t.Errorf("%+v %v", stats, err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.complete("in the end")
}

// The second that would make vectors is told so at once, and may when the first has ended.
func TestOneProcessMakesVectors(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "alpha"})
	w.opts.VectorLock = filepath.Join(w.root, ".amalfa", "vectors.lock")
	w.opts.VectorStatus = filepath.Join(w.root, ".amalfa", "vectors.json")
	w.words()
	second := w.opts
	w.opts.Embedder = hashModel{calls: func([]string) error {
		if _, err := ingest.MakeVectors(t.Context(), second); !errors.Is(err, ingest.ErrVectorsElsewhere) {
			t.Errorf("both: %v", err)
		}
		if p, ok := ingest.ReadVectorStatus(w.opts.VectorStatus, time.Now()); !ok || p.Model != "hash" || p.Of != 1 {
			t.Errorf("who waits is told %+v, %v", p, ok)
		}
		return nil
	}}
	if s := w.vectors(); s.Made != 1 || s.Have != 1 || s.Of != 1 {
		t.Errorf("%+v", s)
	}
	if _, ok := ingest.ReadVectorStatus(w.opts.VectorStatus, time.Now()); ok {
		t.Error("it is told of a run that has ended")
	}
	if s, err := ingest.MakeVectors(t.Context(), second); err != nil || s.Made != 0 {
		t.Errorf("%+v %v", s, err)
	}
}

// Who stops keeps what was made, and is told truly what there is.
func TestStoppedVectorsStay(t *testing.T) {
	w := newWorkspace(t, nil)
	for i := range 300 {
		w.write(fmt.Sprintf("n%03d.md", i), fmt.Sprintf("text %d", i))
	}
	w.words()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w.opts.VectorProgress = func(p ingest.VectorProgress) {
		if p.Made > 60 {
			stop()
		}
	}
	s, err := ingest.MakeVectors(ctx, w.opts)
	n, countErr := w.opts.Store.CountVectors(t.Context(), "hash-1")
	if !errors.Is(err, context.Canceled) || countErr != nil || s.Have != n || s.Of != 300 || s.Missing != 300-n || n < 60 || n > 250 {
		t.Errorf("%+v, %d vectors, %v, %v", s, n, err, countErr)
	}
	w.opts.VectorProgress = nil
	if s := w.vectors(); s.Have != 300 || s.Made != 300-n || s.Missing != 0 {
		t.Errorf("%+v", s)
	}
}

// A note whose file changed since its words were stored waits for the next update, and keeps nobody from the rest.
func TestFileThatIsNotWhatTheIndexHolds(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "alpha", "b.md": "beta"})
	w.words()
	w.write("a.md", "another")
	if s := w.vectors(); s.Made != 1 || s.Missing != 1 || s.Changed != 1 {
		t.Errorf("%+v", s)
	}
	w.words()
	if s := w.vectors(); s.Made != 1 || s.Missing != 0 {
		t.Errorf("%+v", s)
	}
	w.complete("after the update")
}

// Each text that a model refuses costs itself only, however many there are and wherever.
func TestManyRefusedTexts(t *testing.T) {
	w := newWorkspace(t, nil)
	for i := range 200 {
		kind := "good"
		if i%3 == 0 || i < 20 {
			kind = "poison"
		}
		w.write(fmt.Sprintf("n%03d.md", i), fmt.Sprintf("## One\n\n%s %d\n\n## Two\n\nwell %d\n", kind, i, i))
	}
	w.words()
	texts := 0
	w.opts.Embedder = hashModel{calls: oneAtATime(func(list []string) error {
		texts += len(list)
		if slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, "poison") }) {
			return errors.New("bad text")
		}
		return nil
	})}
	s := w.vectors()
	if s.Refused != 80 || s.Missing != 0 || s.Have != 400-80 || s.Of != 400 {
		t.Errorf("%+v", s)
	}
	texts = 0
	if s := w.vectors(); texts != 0 || s.Refused != 80 {
		t.Errorf("%d texts were asked again: %+v", texts, s)
	}
}
