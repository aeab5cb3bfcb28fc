package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/vectors"
)

func viewOf(t *testing.T, s *Store) (*vectors.Snapshot, map[int64][]float32) {
	t.Helper()
	v, err := s.snapshot(context.Background(), model3.Digest)
	if err != nil {
		t.Fatal(err)
	}
	out := map[int64][]float32{}
	for _, p := range v.Parts() {
		for row, id := range p.IDs {
			if !p.Gone(row) {
				if out[id] != nil {
					t.Errorf("chunk %d twice", id)
				}
				out[id] = p.Row(row)
			}
			if got, ok := v.Row(id); ok && out[id] != nil && cmp.Diff(out[id], got) != "" {
				t.Errorf("chunk %d: row %v", id, got)
			}
		}
	}
	if v.Len() != len(out) {
		t.Errorf("length %d, rows %d", v.Len(), len(out))
	}
	return v, out
}

// A view that follows changes, one that maps a file of any age, and one read anew hold the same vectors.
func TestViewFollowsChanges(t *testing.T) {
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
		want := vectorsOf(t, s, model3.Digest)
		_, got := viewOf(t, s)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("step %d, followed: %s", step, d)
		}
		if step%10 == 0 {
			_, got = viewOf(t, open(t, s.Path(), Options{ReadOnly: true}))
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("step %d, mapped: %s", step, d)
			}
		}
	}
}

func TestViewFile(t *testing.T) {
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
			viewOf(t, other)
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
			if v, _ := viewOf(t, s); !v.Mapped() {
				t.Fatal("the view is not in its file")
			}
			file := filepath.Join(filepath.Dir(s.Path()), "vectors-d3.bin")
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Fatal(info, err)
			}
			spoil(t, file)
			v, got := viewOf(t, open(t, s.Path(), Options{ReadOnly: true}))
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if !v.Mapped() {
				t.Error("the file was not made again")
			}
		})
	}
}

// A vector that is not what was written is given to nobody, and the next view has it again, for other processes too.
func TestViewFileWithADamagedRow(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "x", "y")}, Vectors: map[string][]float32{"c:x": {1, 0, 0}, "c:y": {0, -.6, .8}}, Model: model3})
	viewOf(t, s)
	flip(t, s.vectorPath(model3.Digest), -2)
	reader := open(t, s.Path(), Options{ReadOnly: true})
	v, got := viewOf(t, reader)
	if d := cmp.Diff(map[int64][]float32{1: {1, 0, 0}, 2: nil}, got); d != "" || !v.Damaged() {
		t.Error(d, v.Damaged())
	}
	want := map[int64][]float32{1: {1, 0, 0}, 2: {0, -.6, .8}}
	if v, got = viewOf(t, reader); cmp.Diff(want, got) != "" || v.Damaged() {
		t.Error(got, v.Damaged())
	}
	if v, got = viewOf(t, open(t, s.Path(), Options{ReadOnly: true})); cmp.Diff(want, got) != "" || v.Damaged() || !v.Mapped() {
		t.Error(got, v.Damaged(), v.Mapped())
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
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
func TestViewOfAnotherModelGoes(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "x")}, Vectors: map[string][]float32{"c:x": {1, 0, 0}}, Model: model3})
	viewOf(t, s)
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
func TestViewWithoutAFile(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "x")}, Vectors: map[string][]float32{"c:x": {1, 0, 0}}, Model: model3})
	check(t, os.Mkdir(filepath.Join(filepath.Dir(s.Path()), "vectors-d3.bin"), 0o700)) // no file can take this name
	v, got := viewOf(t, s)
	if d := cmp.Diff(map[int64][]float32{1: {1, 0, 0}}, got); d != "" || v.Mapped() {
		t.Error(d, v.Mapped())
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
	viewOf(t, s)
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
	if _, got := viewOf(t, s); len(got) != 1 {
		t.Error(got)
	}
}
