package ingest_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/sqlite"
)

// hashModel embeds a text as a unit vector that depends on its bytes alone.
type hashModel struct {
	calls  func(texts []string) error
	digest string
}

func (m hashModel) Model(context.Context) (store.Model, error) {
	digest := m.digest
	if digest == "" {
		digest = "hash-1"
	}
	return store.Model{Digest: digest, Name: "hash", Dim: 8}, nil
}

func (m hashModel) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if m.calls != nil {
		if err := m.calls(texts); err != nil {
			return nil, err
		}
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		sum := sha256.Sum256([]byte(text))
		out[i] = make([]float32, 8)
		var norm float64
		for j := range out[i] {
			x := float64(binary.LittleEndian.Uint32(sum[4*j:]))/math.MaxUint32 - 0.5
			out[i][j] = float32(x)
			norm += x * x
		}
		for j := range out[i] {
			out[i][j] /= float32(math.Sqrt(norm))
		}
	}
	return out, ctx.Err()
}

// words counts as a model with one token per word would.
func words(s string) int { return len(strings.Fields(s)) }

// workspace is a folder of notes with its index.
type workspace struct {
	t    *testing.T
	root string
	opts ingest.Options
}

func newWorkspace(t *testing.T, files map[string]string) *workspace {
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
	w := &workspace{t: t, root: root, opts: ingest.Options{
		Root: root, Store: st, Embedder: hashModel{}, Count: words, WriterLock: filepath.Join(root, ".amalfa", "writer.lock"),
	}}
	for name, text := range files {
		w.write(name, text)
	}
	return w
}

func (w *workspace) path(name string) string { return filepath.Join(w.root, filepath.FromSlash(name)) }

func (w *workspace) write(name, text string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workspace) run() ingest.Summary {
	w.t.Helper()
	s, err := ingest.RunWhole(w.t.Context(), w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	w.balanced(s)
	return s
}

func (w *workspace) balanced(s ingest.Summary) {
	w.t.Helper()
	if sum := s.Indexed + s.Unchanged + s.Partial + s.Skipped + s.Failed + s.Pending; sum != s.Seen || s.Pending < 0 {
		w.t.Errorf("summary does not add up: %+v", s)
	}
}

// states are the records of the index: id → "state: reason".
func (w *workspace) states() map[string]string {
	w.t.Helper()
	files, err := w.opts.Store.Files(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	got := make(map[string]string)
	for id, f := range files {
		got[id] = strings.TrimSuffix(f.State+": "+f.Reason, ": ")
		if (f.State == store.Indexed || f.State == store.Partial) && f.Chunks > 0 && f.Vectors == "" {
			got[id] += ", without vectors"
		}
	}
	return got
}

func TestRunIndexesOnlyWhatChanged(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "# A\n\nalpha [[b]]\n", "docs/b.md": "# B\n\nbeta #x\n"})
	s := w.run()
	if s.Indexed != 2 || s.Chunks != 2 || s.Embedded != 2 || s.Whole.Links != 1 || s.Whole.Broken != 0 || s.Whole.Tags != 1 {
		t.Fatalf("%+v", s)
	}
	s = w.run()
	if s.Unchanged != 2 || s.Embedded != 0 || s.Chunks != 0 {
		t.Fatalf("%+v", s)
	}
}
