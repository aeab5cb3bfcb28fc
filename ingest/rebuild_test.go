package ingest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/store"
)

// What an index gives of a note whose file is on another machine: of real notes each line that it gives is the file's line of that number,
// and those that it lacks are told.
func TestRebuiltNotes(t *testing.T) {
	all, whole, told := 0, 0, 0
	for _, root := range []string{"../docs", "../testdata/vault/notes"} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != ".md" {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			n := prepareText(t, filepath.ToSlash(path), string(data), wordCount, 512).put
			n.Note.Hash, n.Note.Size = files.Hash(data), int64(len(data))
			text, r := store.Rebuild(n.Note, n.Chunks)
			all++
			if r.Whole {
				whole++
			}
			if len(r.Missing) > 0 {
				told++
			}
			checkRebuilt(t, path, string(data), string(text), r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d notes: %d byte for byte, %d with lines that the index does not hold", all, whole, told)
	if whole == 0 || told == 0 {
		t.Error("the notes do not show both")
	}
}

func checkRebuilt(t *testing.T, path, file, text string, r *store.Rebuilt) {
	t.Helper()
	want, got := notes.SplitLines(file), notes.SplitLines(text)
	if r.Whole != (file == text) {
		t.Errorf("%s: whole is %v", path, r.Whole)
	}
	missing := map[int]bool{}
	for _, l := range r.Missing {
		for n := l[0]; n <= l[1]; n++ {
			missing[n] = true
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d lines, not %d", path, len(got), len(want))
		return
	}
	for i, line := range want {
		same := strings.TrimSpace(got[i]) == strings.TrimSpace(line)
		if missing[i+1] && strings.TrimSpace(got[i]) != "" || !missing[i+1] && !same && !strings.Contains(got[i], "…") {
			t.Errorf("%s:%d: %q, not %q", path, i+1, got[i], line)
		}
	}
}
