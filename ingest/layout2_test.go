package ingest_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/store/sqlite"
)

const older = "../testdata/older"

// olderWorkspace is one whose index an older program made: ../testdata/older/layout-N.db is `amalfa init` of that time over the notes
// beside it, with a model for all but half.md and late.md. The files' times are what they were, to the second.
func olderWorkspace(t *testing.T, db string) *workspace {
	t.Helper()
	w := &workspace{t: t, root: t.TempDir()}
	if err := os.CopyFS(w.root, os.DirFS(filepath.Join(older, "notes"))); err != nil {
		t.Fatal(err)
	}
	for id, day := range map[string]int{"tides.md": 3, "moon.md": 4, "half.md": 4, "empty.md": 4, "満潮.md": 4, "late.md": 5} {
		at := time.Date(2024, 11, day, 10, 0, 0, 123, time.UTC)
		if err := os.Chtimes(w.path(id), at, at); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(older, db))
	if err != nil {
		t.Fatal(err)
	}
	w.write(".amalfa/amalfa.db", string(data))
	st, err := sqlite.Open(t.Context(), w.path(".amalfa/amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w.opts = ingest.Options{Root: w.root, Store: st, WriterLock: w.path(".amalfa/writer.lock")}
	return w
}

// Unchanged files are read and cut once, and keep their vectors.
func TestIndexOfAnOlderLayout(t *testing.T) {
	for _, db := range []string{"layout-1.db", "layout-2.db"} {
		t.Run(db, func(t *testing.T) {
			w := olderWorkspace(t, db)
			if lag, err := ingest.Lag(t.Context(), w.opts); lag != 0 || err != nil {
				t.Errorf("lag %d, %v", lag, err)
			}
			later := time.Now().Add(time.Hour) // than when the files were copied here: none is racy
			w.opts.Now = func() time.Time { return later }
			if s := w.run(); s.Indexed != 5 || s.Partial != 1 || s.Missing != 2 || s.Deleted != 0 {
				t.Errorf("%+v", s)
			}
			files, err := w.opts.Store.Files(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for id, f := range files {
				info, err := os.Stat(w.path(id))
				if err != nil || f.MTime != info.ModTime().UnixNano() || f.Size != info.Size() || f.Racy {
					t.Errorf("%+v %v", f, err)
				}
			}
			note, err := w.opts.Store.Get(t.Context(), "tides.md")
			if err != nil || note.MTime != files["tides.md"].MTime {
				t.Errorf("%+v %v", note, err)
			}
			w.write("moon.md", "# Moon\n\nNew moon.\n")
			if lag, err := ingest.Lag(t.Context(), w.opts); lag != 1 || err != nil {
				t.Errorf("lag %d, %v", lag, err)
			}
			if s := w.run(); s.Unchanged != 5 || s.Indexed != 1 {
				t.Errorf("once more: %+v", s)
			}
		})
	}
}

// An edit shows before the files were read once, when nothing but their size and second is known.
func TestLagOfAnOlderLayout(t *testing.T) {
	w := olderWorkspace(t, "layout-2.db")
	w.write("moon.md", "# Moon\n\nNew moon.\n")
	at := time.Now()
	if err := os.Chtimes(w.path("late.md"), at, at); err != nil {
		t.Fatal(err)
	}
	if lag, err := ingest.Lag(t.Context(), w.opts); lag != 2 || err != nil {
		t.Errorf("lag %d, %v", lag, err)
	}
	want := map[string]string{
		"tides.md": "indexed", "満潮.md": "indexed", "moon.md": "indexed", "empty.md": "skipped: empty",
		"half.md": "partial: 1 byte is not valid UTF-8 and was replaced, without vectors", "late.md": "indexed, without vectors",
	}
	if diff := cmp.Diff(want, w.states()); diff != "" {
		t.Error(diff)
	}
}
