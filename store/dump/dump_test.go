package dump_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/dump"
	"amalfa/store/vectors"
)

// target records what a dump puts into an index.
type target struct {
	batches []store.Batch
	terms   []store.Term
	model   store.Model
}

func (t *target) Terms(context.Context) ([]store.Term, error) { return slices.Clone(t.terms), nil }
func (t *target) Apply(_ context.Context, b store.Batch) error {
	t.batches = append(t.batches, b)
	return nil
}
func (t *target) SetTerms(_ context.Context, all []store.Term) error {
	t.terms = all
	return nil
}
func (t *target) SetActiveModel(_ context.Context, m store.Model) error {
	t.model = m
	return nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// written is a dump of two notes, a file, a term and two vectors.
func written(t *testing.T) string {
	var out bytes.Buffer
	w := dump.NewWriter(&out)
	check(t, w.Head(&store.Model{Digest: "d", Name: "n", Dim: 2}))
	for _, id := range []string{"a.md", "b.md"} {
		check(t, w.Note(store.Put{Note: store.Note{ID: id, Hash: "h" + id}, File: store.File{ID: id, State: store.Indexed, Hash: "h" + id},
			Chunks: []store.Chunk{{Hash: "c" + id, Text: "text of " + id}}, Edges: []store.Edge{{Target: "x", Type: "LINKS_TO", Line: 1}}}))
	}
	check(t, w.File(store.File{ID: "c.bin", State: store.Skipped}))
	check(t, w.Term(store.Term{ID: "term:x", Edges: []store.TermEdge{{Edge: store.Edge{Source: "a.md", Target: "term:x", Type: notes.Defines}, Evidence: "a.md"}}}))
	check(t, w.Vector("ca.md", vectors.Encode([]float32{1, 0})))
	check(t, w.Vector("cb.md", vectors.Encode([]float32{0, 1})))
	return out.String()
}

func TestReadAll(t *testing.T) {
	var to target
	lines := 0
	got, err := dump.Read(t.Context(), &to, strings.NewReader(written(t)), dump.Options{Progress: func(n int) { lines = n }})
	check(t, err)
	if want := (dump.Count{Notes: 2, Files: 1, Vectors: 2}); got != want || lines != 7 {
		t.Errorf("%+v after %d lines, want %+v after 7", got, lines, want)
	}
	if len(to.batches) != 1 || to.model.Digest != "d" || len(to.terms) != 1 {
		t.Fatalf("%d batches, model %v, %d terms", len(to.batches), to.model, len(to.terms))
	}
	b := to.batches[0]
	if d := cmp.Diff([]store.Edge{{Target: "x", Type: "LINKS_TO", Line: 1}}, b.Puts[0].Edges); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string][]float32{"ca.md": {1, 0}, "cb.md": {0, 1}}, b.Vectors); d != "" || b.Model.Digest != "d" {
		t.Error(d, b.Model)
	}
}

// What the target has is not written again; the terms come from the dump alone for the notes that it speaks of.
func TestReadWhatIsMissing(t *testing.T) {
	to := target{terms: []store.Term{{ID: "term:y", Edges: []store.TermEdge{{Evidence: "a.md"}, {Evidence: "z.md"}}}}}
	known := func(_ context.Context, files map[string]store.File, m store.Model, hashes []string) (dump.Known, error) {
		if files["a.md"].Hash != "ha.md" || m.Digest != "d" || len(hashes) != 2 {
			t.Errorf("asked for %v and %v", files, hashes)
		}
		return dump.Known{Notes: map[string]bool{"a.md": true}, Vectors: map[string]bool{"cb.md": true}}, nil
	}
	got, err := dump.Read(t.Context(), &to, strings.NewReader(written(t)), dump.Options{Known: known})
	check(t, err)
	if want := (dump.Count{Notes: 1, Files: 1, Vectors: 1, Known: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if b := to.batches[0]; len(b.Puts) != 1 || b.Puts[0].Note.ID != "b.md" || len(b.Vectors) != 1 || b.Vectors["ca.md"] == nil {
		t.Errorf("written: %+v", b)
	}
	if len(to.terms) != 2 || len(to.terms[0].Edges) != 1 || to.terms[0].Edges[0].Evidence != "z.md" {
		t.Errorf("terms: %+v", to.terms)
	}
}

// What the target must not have is left out, whatever it is.
func TestReadWithholds(t *testing.T) {
	var to target
	got, err := dump.Read(t.Context(), &to, strings.NewReader(written(t)), dump.Options{Withhold: func(id string, note bool) bool {
		return id == "a.md" && note || id == "c.bin" && !note
	}})
	check(t, err)
	if want := (dump.Count{Notes: 1, Vectors: 1, Withheld: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if b := to.batches[0]; len(b.Puts) != 1 || b.Puts[0].Note.ID != "b.md" || len(b.Files) != 0 || b.Vectors["ca.md"] != nil {
		t.Errorf("written: %+v", b)
	}
}

// away is an index whose server is away.
type away struct{ dump.Target }

var errAway = errors.New("the server is away")

func (away) Apply(context.Context, store.Batch) error { return errAway }

// What fails of the index, or of where the text comes from, is not told as a fault of the text.
func TestReadFails(t *testing.T) {
	head := `{"amalfa":1}` + "\n"
	_, err := dump.Read(t.Context(), away{}, strings.NewReader(head+strings.Repeat(`{"note":{"id":"a.md"}}`+"\n", 1000)), dump.Options{})
	if !errors.Is(err, errAway) || errors.Is(err, dump.ErrFormat) {
		t.Errorf("an index that is away: %v", err)
	}
	_, err = dump.Read(t.Context(), away{}, io.MultiReader(strings.NewReader(head), iotest.ErrReader(errAway)), dump.Options{})
	if !errors.Is(err, errAway) || errors.Is(err, dump.ErrFormat) {
		t.Errorf("a source that is away: %v", err)
	}
}
