package app

import (
	"context"
	"errors"
	"os"
	"testing"

	"amalfa/ingest"
	"amalfa/store"

	"go.uber.org/zap"
)

// failingModel does something and fails.
type failingModel struct{ before func() }

var errModel = errors.New("no model")

func (m failingModel) Model(context.Context) (store.Model, error) {
	m.before()
	return store.Model{}, errModel
}

func (failingModel) Embed(context.Context, []string) ([][]float32, error) { return nil, errModel }

// What fails because the index was removed meanwhile is no failure of vectors; everything else is.
func TestVectorsOfAnIndexThatGoes(t *testing.T) {
	f := followed(t)
	w := f.w
	w.Places.State, w.Places.Cache = t.TempDir(), t.TempDir()
	folder, err := os.Stat(w.Folder.Root)
	if err != nil {
		t.Fatal(err)
	}
	v := &serving{Workspace: w, follower: f, folder: folder, log: zap.NewNop()}
	st, err := w.writeIndex(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	remove := func() {
		if err := os.RemoveAll(w.Folder.Dir()); err != nil {
			t.Error(err)
		}
	}
	for _, step := range []struct {
		name   string
		before func()
		want   error
	}{
		{"the index is there", func() {}, errModel},
		{"it goes meanwhile", remove, nil},
		{"it has gone", func() { t.Error("a model was asked for no index") }, nil},
	} {
		_, err := v.makeVectors(t.Context(), ingest.Options{Root: w.Folder.Root, Embedder: failingModel{step.before}})
		if !errors.Is(err, step.want) || step.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", step.name, err, step.want)
		}
	}
}
