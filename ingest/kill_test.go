package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/testdata/pgserver"
)

const childRoot = "AMALFA_TEST_INGEST_ROOT"

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	root := os.Getenv(childRoot)
	if root == "" {
		pgserver.Main(m)
	}
	if err := runChild(root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runChild(root string) error {
	st, err := sqlite.Open(context.Background(), filepath.Join(root, ".amalfa", "amalfa.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	_, err = ingest.RunWhole(context.Background(), ingest.Options{
		Root: root, Store: st, Embedder: hashModel{}, Count: words, WriterLock: filepath.Join(root, ".amalfa", "writer.lock"),
	})
	return err
}

// dump is what an index says, without what may differ between two indexes of the same files.
func dump(t *testing.T, root string) map[string]any {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(root, ".amalfa", "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	model, err := st.ActiveModel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	vectors, err := st.VectorsOf(t.Context(), model.Digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	row := make(map[int64][]float32)
	for i, id := range vectors.IDs {
		row[id] = vectors.Data[i*model.Dim : (i+1)*model.Dim]
	}
	out := map[string]any{}
	files, err := st.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, f := range files {
		f.Signature, f.Racy = store.Signature{Size: f.Size}, false
		edges, _ := st.Edges(t.Context(), id, store.Out)
		chunks, _ := st.Chunks(t.Context(), id)
		var vecs [][]float32
		for i := range chunks {
			vecs = append(vecs, row[chunks[i].ID])
			chunks[i].ID = 0
		}
		out[id] = []any{f, edges, chunks, vecs}
	}
	return out
}

func writeNotes(t *testing.T, root string, n int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(root, ".amalfa"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		text := fmt.Sprintf("---\ntags: [t%d]\n---\n# Note %d\n\nSee [[n%d]] and [x](n%d.md).\n\n## More\n\nText %d.\n", i%9, i, (i*7)%n, (i*13)%n, i)
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("n%d.md", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rounds is how many indexes are disturbed, each twice: 4, or what the environment asks for ("25" makes 50 kills).
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("AMALFA_TEST_KILL_ROUNDS")
	if text == "" {
		return 4
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("AMALFA_TEST_KILL_ROUNDS=%s is no number of rounds", text)
	}
	return n
}

// F1: a run that is killed at any moment, and then run again, ends with the index of an undisturbed run.
func TestKilledRunIsCompletedByTheNext(t *testing.T) {
	const notes = 300
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := func(ctx context.Context, root string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), childRoot+"="+root)
		cmd.Stderr = os.Stderr
		return cmd
	}
	calm := t.TempDir()
	writeNotes(t, calm, notes)
	began := time.Now()
	if err := child(t.Context(), calm).Run(); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(began)
	want := dump(t, calm)
	if len(want) != notes {
		t.Fatalf("%d files", len(want))
	}
	for range rounds(t) {
		root := t.TempDir()
		writeNotes(t, root, notes)
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.Int64N(int64(whole)))) // CommandContext kills with SIGKILL
			_ = child(ctx, root).Run()
			cancel()
		}
		if err := child(t.Context(), root).Run(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, dump(t, root)); diff != "" {
			t.Fatalf("index differs from an undisturbed one (-want +got):\n%.4000s", diff)
		}
	}
}
