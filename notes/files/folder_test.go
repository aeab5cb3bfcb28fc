package files

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func folder(t *testing.T) (string, *Folder) {
	t.Helper()
	dir := t.TempDir()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return dir, f
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestReplace(t *testing.T) {
	dir, f := folder(t)
	file := filepath.Join(dir, "a.md")
	if err := os.WriteFile(file, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := f.Replace("a.md", []byte("new"), Hash([]byte("other"))); !errors.Is(err, ErrChanged) {
		t.Errorf("a wrong hash: %v", err)
	}
	if got, err := f.Read("a.md"); err != nil || string(got) != "old" {
		t.Errorf("%q, %v", got, err)
	}
	if err := f.Replace("a.md", []byte("new"), Hash([]byte("old"))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"a.md"}) {
		t.Errorf("left behind: %v", got)
	}
}

func TestCreate(t *testing.T) {
	dir, f := folder(t)
	if err := f.Create("x/y/новый.md", []byte("text")); err != nil {
		t.Fatal(err)
	}
	if err := f.Create("x/y/новый.md", []byte("other")); !errors.Is(err, ErrExists) {
		t.Errorf("a second time: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "x", "y", "новый.md"))
	if err != nil || string(data) != "text" {
		t.Errorf("%q, %v", data, err)
	}
	if got := names(t, filepath.Join(dir, "x", "y")); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
}

func TestRefused(t *testing.T) {
	dir, f := folder(t)
	outside := filepath.Join(t.TempDir(), "out.md")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link.md": outside, "way": filepath.Dir(outside), "inner.md": "real.md"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "real.md"), nil, 0o600), os.Mkdir(filepath.Join(dir, "dir.md"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "/etc/passwd.md", "../out.md", "a/../../out.md", "./real.md", ".amalfa/x.md", ".git/x.md", "a/.b/c.md", "a.txt", "a", "a\x00.md", "a\\b.md", "a\n.md", "a\xff.md",
		"link.md", "inner.md", "dir.md", "way/out.md"} {
		t.Run(id, func(t *testing.T) {
			if data, err := f.Read(id); err == nil {
				t.Errorf("read %q", data)
			}
			if err := f.Replace(id, []byte("x"), Hash([]byte("secret"))); err == nil {
				t.Error("replaced")
			}
			if err := f.Create(id, []byte("x")); err == nil {
				t.Error("created")
			}
		})
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "secret" {
		t.Errorf("%q, %v", data, err)
	}
	if err := f.Create("big.md", make([]byte, MaxBytes+1)); !errors.Is(err, ErrRefused) {
		t.Errorf("a large note: %v", err)
	}
}
