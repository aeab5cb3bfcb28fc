package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalfa/notes"
)

func TestContexts(t *testing.T) {
	dir, f := folder(t)
	for _, sub := range []string{"docs/api", "docs/link", ".git", "docs/pipe"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for folder, text := range map[string]string{".": "All\nof it.", "docs": "The docs.", "docs/api": strings.Repeat("long ", 400)} {
		if c, err := f.SetContext(folder, text); err != nil || c.Folder != folder {
			t.Errorf("%s: %v, %v", folder, c, err)
		}
	}
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("SECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "docs/link", notes.ContextName)); err != nil {
		t.Skip(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "docs/pipe", notes.ContextName), 0o755); err != nil {
		t.Fatal(err)
	}
	got := Contexts(dir, []string{"docs/api/x.md", "docs/link/y.md", "docs/pipe/z.md", "gone/q.md"})
	want := []notes.Context{{Folder: ".", Text: "All of it."}, {Folder: "docs", Text: "The docs."}, {Folder: "docs/api", Text: strings.TrimSpace(strings.Repeat("long ", 400))}}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	for folder, text := range map[string]string{"..": "x", "/etc": "x", ".git": "x", "docs/../..": "x", "docs/link": "x", "docs/pipe": "x", "docs": strings.Repeat("x", notes.MaxContext+1), "docs/api": " \n"} {
		if _, err := f.SetContext(folder, text); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", folder, err)
		}
	}
	if _, err := f.SetContext("gone", "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := errors.Join(f.RemoveContext("docs"), f.RemoveContext(".")); err != nil {
		t.Error(err)
	}
	if err := f.RemoveContext("docs"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if got := Contexts(dir, []string{"docs/x.md"}); len(got) != 0 {
		t.Errorf("still there: %v", got)
	}
}

// TestContextsOfManyFolders bounds what an answer reads, whatever its hits.
func TestContextsOfManyFolders(t *testing.T) {
	dir := t.TempDir()
	deep := strings.Repeat("d/", MaxContextFolders)
	if err := os.MkdirAll(filepath.Join(dir, deep), 0o755); err != nil {
		t.Skip(err)
	}
	for _, folder := range []string{deep, "."} {
		if err := os.WriteFile(filepath.Join(dir, folder, notes.ContextName), []byte(strings.Repeat("\n", maxContextRead)+"late"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := Contexts(dir, []string{deep + "x.md"}); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
