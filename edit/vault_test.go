package edit_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/edit"
	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/sqlite"
)

// A folder is a workspace with its index.
type folder struct {
	t    *testing.T
	root string
	opts ingest.Options
}

// noModel embeds nothing: links need no vectors.
type noModel struct{}

func (noModel) Model(context.Context) (store.Model, error) {
	return store.Model{Digest: "none", Name: "none", Dim: 1}, nil
}

func (noModel) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = []float32{1}
	}
	return out, nil
}

func newFolder(t *testing.T, files map[string]string) *folder {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, ".amalfa"), 0o700); err != nil {
		t.Fatal(err)
	}
	st, err := sqlite.Open(t.Context(), filepath.Join(root, ".amalfa", "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	f := &folder{t: t, root: root, opts: ingest.Options{
		Root: root, Store: st, Embedder: noModel{}, Count: func(s string) int { return len(strings.Fields(s)) },
		WriterLock: filepath.Join(root, ".amalfa", "writer.lock"),
	}}
	for name, text := range files {
		f.write(name, text)
	}
	f.index()
	return f
}

func (f *folder) path(id string) string { return filepath.Join(f.root, filepath.FromSlash(id)) }

func (f *folder) write(id, text string) {
	f.t.Helper()
	if err := os.MkdirAll(filepath.Dir(f.path(id)), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(f.path(id), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) read(id string) string {
	f.t.Helper()
	data, err := os.ReadFile(f.path(id))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

func (f *folder) index() {
	f.t.Helper()
	if _, err := ingest.Run(f.t.Context(), f.opts); err != nil {
		f.t.Fatal(err)
	}
}

// load reads the workspace as the index has it.
func (f *folder) load() *edit.Workspace {
	f.t.Helper()
	vaults, err := ingest.Vaults(f.t.Context(), f.opts)
	if err != nil {
		f.t.Fatal(err)
	}
	ws, err := edit.Load(f.t.Context(), f.opts.Store, vaults, func(id string) ([]byte, error) { return os.ReadFile(f.path(id)) })
	if err != nil {
		f.t.Fatal(err)
	}
	return ws
}

// move plans a move, makes it, and brings the index up to date.
func (f *folder) move(from, to string) edit.MovePlan {
	f.t.Helper()
	plan, err := f.load().PlanMove(from, to)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(f.path(strings.TrimSuffix(to, "/"))), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(f.path(from), f.path(to)); err != nil {
		f.t.Fatal(err)
	}
	for _, c := range plan.Changes {
		f.write(c.To, string(c.After))
	}
	f.index()
	return plan
}

// edges are what all notes lead to, by "source target type", in the order of the text.
func (f *folder) edges(ids []string) map[string][]string {
	f.t.Helper()
	out := map[string][]string{}
	for _, id := range ids {
		edges, err := f.opts.Store.Edges(f.t.Context(), id, store.Out)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, e := range edges {
			target := e.Target
			if !e.Resolved {
				target = "nowhere"
			}
			out[id] = append(out[id], e.Type+" "+target)
		}
	}
	return out
}
