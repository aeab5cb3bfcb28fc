package sqlite

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/storetest"
)

// varied is an index with something of everything.
func varied(t *testing.T) *Store { return storetest.Varied(t, fresh(t)).(*Store) }

func exportOf(t *testing.T, s *Store) string {
	t.Helper()
	var b bytes.Buffer
	check(t, s.Export(context.Background(), &b))
	return b.String()
}

func TestBackupAndRestore(t *testing.T) {
	ctx := context.Background()
	s := varied(t)
	want := exportOf(t, s)
	dir := t.TempDir()
	backup := filepath.Join(dir, "b.db")
	check(t, s.Backup(ctx, backup))
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	reader := open(t, s.Path(), Options{ReadOnly: true})
	check(t, reader.Backup(ctx, filepath.Join(t.TempDir(), "r.db")))
	if err := reader.Apply(ctx, store.Batch{Deletes: []string{"moon.md"}}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a reader writes after a backup: %v", err)
	}
	if err := s.Backup(ctx, backup); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	apply(t, s, store.Batch{Deletes: []string{"moon.md"}})
	vectorsOf(t, s, model3.Digest)
	path := s.Path()
	check(t, s.Close())
	check(t, os.WriteFile(filepath.Join(dir, "bad.db"), []byte(strings.Repeat("no database", 500)), 0o600))
	if err := Restore(ctx, filepath.Join(dir, "bad.db"), path); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a file that is no backup: %v", err)
	}
	if err := Restore(ctx, filepath.Join(dir, "none.db"), path); !errors.Is(err, store.ErrNoIndex) {
		t.Errorf("no file: %v", err)
	}
	check(t, Restore(ctx, backup, path))
	r := open(t, path, Options{})
	if d := cmp.Diff(want, exportOf(t, r)); d != "" {
		t.Error(d)
	}
	if got := vectorsOf(t, r, model3.Digest); len(got) != 2 {
		t.Errorf("vectors after restoring: %v", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func FuzzImport(f *testing.F) {
	f.Add(`{"amalfa":1,"model":{"digest":"d","name":"n","dim":1}}` + "\n" + `{"note":{"id":"a.md"},"chunks":[{"hash":"h","text":"t"}]}` + "\n" + `{"hash":"h","vector":"AACAPw=="}`)
	f.Fuzz(func(t *testing.T, text string) {
		s := fresh(t)
		_ = storetest.ImportInto(context.Background(), s, strings.NewReader(text))
		if err := s.Check(context.Background()); err != nil {
			t.Error(err)
		}
	})
}
