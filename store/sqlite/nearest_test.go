package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/store"
	"amalfa/store/vectors"
)

// storedVectors are the same, straight from the tables.
func storedVectors(t *testing.T, s *Store) map[int64][]float32 {
	t.Helper()
	var key int64
	check(t, s.db.QueryRow("SELECT coalesce(max(key), 0) FROM models WHERE digest = ?", model3.Digest).Scan(&key))
	var v *vectors.Snapshot
	check(t, s.read(context.Background(), "read", func(tx *sql.Tx) (err error) {
		v, err = readVectors(context.Background(), tx, key, model3, 0)
		return err
	}))
	return byChunk(v.Of(nil))
}

// mapped tells whether the vectors lie in the file.
func mapped(t *testing.T, s *Store) bool {
	t.Helper()
	v, err := s.vectors(context.Background(), model3.Digest)
	check(t, err)
	return v.Mapped()
}

// A snapshot that follows changes, one that maps a file of any age, and one read anew hold the same vectors.
func TestVectorsFollowChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := fresh(t)
	for step := range 80 {
		var b store.Batch
		b.Vectors, b.Model = map[string][]float32{}, model3
		for range 1 + r.IntN(5) {
			id := fmt.Sprintf("n%d.md", r.IntN(20))
			if r.IntN(4) == 0 {
				b.Deletes = append(b.Deletes, id)
				continue
			}
			var texts []string
			for range r.IntN(6) {
				text := fmt.Sprintf("t%d", r.IntN(60))
				texts = append(texts, text)
				if r.IntN(3) > 0 { // the others get theirs later, or never
					b.Vectors["c:"+text] = []float32{r.Float32() + 0.1, r.Float32() - 0.5, 1}
				}
			}
			b.Puts = append(b.Puts, note(id, fmt.Sprint(r.IntN(3)), texts...))
		}
		if err := s.Apply(context.Background(), b); err != nil {
			t.Fatal(err)
		}
		want := storedVectors(t, s)
		got := vectorsOf(t, s, model3.Digest)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("step %d, followed: %s", step, d)
		}
		if step%10 == 0 {
			got = vectorsOf(t, open(t, s.Path(), Options{ReadOnly: true}), model3.Digest)
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("step %d, mapped: %s", step, d)
			}
		}
	}
}

func TestVectorFile(t *testing.T) {
	batch := store.Batch{
		Puts:    []store.Put{note("a.md", "", "x", "y"), note("b.md", "", "x")},
		Vectors: map[string][]float32{"c:x": {1, 0, 0}, "c:y": {0, -.6, .8}}, Model: model3,
	}
	want := map[int64][]float32{1: {1, 0, 0}, 2: {0, -.6, .8}, 3: {1, 0, 0}}
	for name, spoil := range map[string]func(t *testing.T, file string){
		"sound":   func(*testing.T, string) {},
		"missing": func(t *testing.T, file string) { check(t, os.Remove(file)) },
		"cut":     func(t *testing.T, file string) { check(t, os.Truncate(file, 4100)) },
		"empty":   func(t *testing.T, file string) { check(t, os.Truncate(file, 0)) },
		"foreign": func(t *testing.T, file string) {
			other := fresh(t)
			apply(t, other, batch)
			vectorsOf(t, other, model3.Digest)
			check(t, os.Rename(other.vectorPath(model3.Digest), file))
		},
		"link": func(t *testing.T, file string) {
			check(t, os.Rename(file, file+".real"))
			check(t, os.Symlink(file+".real", file))
		},
		"writable by others":  func(t *testing.T, file string) { check(t, os.Chmod(file, 0o666)) },
		"a bit of the header": func(t *testing.T, file string) { flip(t, file, 60) },
		"a bit of the ids":    func(t *testing.T, file string) { flip(t, file, 4096) },
		"a bit of the codes":  func(t *testing.T, file string) { flip(t, file, 4096+3*8+1) },
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			apply(t, s, batch)
			if vectorsOf(t, s, model3.Digest); !mapped(t, s) {
				t.Fatal("the vectors are not in their file")
			}
			file := filepath.Join(filepath.Dir(s.Path()), "vectors-d3.bin")
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Fatal(info, err)
			}
			spoil(t, file)
			reader := open(t, s.Path(), Options{ReadOnly: true})
			if d := cmp.Diff(want, vectorsOf(t, reader, model3.Digest)); d != "" {
				t.Error(d)
			}
			if !mapped(t, reader) {
				t.Error("the file was not made again")
			}
		})
	}
}

// A vector of the file that is not what was written is read from the database instead, and the file is made again for other
// processes.
func TestVectorFileWithADamagedRow(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "x", "y")}, Vectors: map[string][]float32{"c:x": {1, 0, 0}, "c:y": {0, -.6, .8}}, Model: model3})
	want := vectorsOf(t, s, model3.Digest)
	flip(t, s.vectorPath(model3.Digest), -2)
	for _, inFile := range []bool{false, true} {
		reader := open(t, s.Path(), Options{ReadOnly: true})
		near, err := reader.Nearest(context.Background(), model3.Digest, []float32{0, -.6, .8}, 1, nil)
		if d := cmp.Diff([]store.Match{{Chunk: 2, Score: 1}}, near, cmpopts.EquateApprox(0, 1e-6)); d != "" || err != nil {
			t.Error(d, err)
		}
		if d := cmp.Diff(want, vectorsOf(t, reader, model3.Digest)); d != "" || mapped(t, reader) != inFile {
			t.Error(d, inFile)
		}
	}
}

func flip(t *testing.T, file string, at int) {
	t.Helper()
	data, err := os.ReadFile(file)
	check(t, err)
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 4
	check(t, os.WriteFile(file, data, 0o600))
}

// The file of a model that no longer answers goes.
func TestVectorFileOfAnotherModelGoes(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "x")}, Vectors: map[string][]float32{"c:x": {1, 0, 0}}, Model: model3})
	vectorsOf(t, s, model3.Digest)
	check(t, s.SetActiveModel(ctx, model3))
	if _, err := os.Stat(s.vectorPath(model3.Digest)); err != nil {
		t.Error(err)
	}
	check(t, s.SetActiveModel(ctx, store.Model{Digest: "d2", Name: "two", Dim: 2}))
	if _, err := os.Stat(s.vectorPath(model3.Digest)); err == nil {
		t.Error("the file of the old model stays")
	}
}

// Where no file can be written, the answer comes from the database.
func TestVectorsWithoutAFile(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "x")}, Vectors: map[string][]float32{"c:x": {1, 0, 0}}, Model: model3})
	check(t, os.Mkdir(filepath.Join(filepath.Dir(s.Path()), "vectors-d3.bin"), 0o700)) // no file can take this name
	if d := cmp.Diff(map[int64][]float32{1: {1, 0, 0}}, vectorsOf(t, s, model3.Digest)); d != "" || mapped(t, s) {
		t.Error(d)
	}
	entries, err := os.ReadDir(filepath.Dir(s.Path()))
	check(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".vectors-") {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

// The list of changes is bounded, and a reader that is further behind reads all again.
func TestVectorChangesArePruned(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "x")}, Vectors: map[string][]float32{"c:x": {1, 0, 0}}, Model: model3})
	vectorsOf(t, s, model3.Digest)
	if _, err := s.db.Exec(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
		INSERT INTO vector_changes SELECT 1, 1000 + i FROM n`); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		check(t, s.Apply(ctx, store.Batch{Puts: []store.Put{note("b.md", "", fmt.Sprint(i))}}))
	}
	var n int
	check(t, s.db.QueryRow("SELECT count(*) FROM vector_changes").Scan(&n))
	if n > maxVectorChanges {
		t.Errorf("%d changes listed", n)
	}
	if got := vectorsOf(t, s, model3.Digest); len(got) != 1 {
		t.Error(got)
	}
}
