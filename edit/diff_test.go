package edit

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gitApply applies a diff in a folder that holds what it changes, and returns what the folder holds then.
func gitApply(t *testing.T, dir string, patch []byte) {
	t.Helper()
	for _, args := range [][]string{{"apply", "--check", "-"}, {"apply", "-"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, bytes.NewReader(patch)
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+os.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s\n%s", args, err, out, patch)
		}
	}
}

func TestDiffIsAcceptedByGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	long := strings.Repeat("one\ntwo\n", 30)
	for name, c := range map[string]FileChange{
		"edit":             {"a.md", "a.md", []byte("x\n"), []byte("y\n")},
		"without line end": {"a.md", "a.md", []byte("x"), []byte("y")},
		"line end comes":   {"a.md", "a.md", []byte("x"), []byte("x\ny\n")},
		"line end goes":    {"a.md", "a.md", []byte("x\ny\n"), []byte("x")},
		"CRLF":             {"a.md", "a.md", []byte("x\r\ny\r\n"), []byte("x\r\nz\r\n")},
		"CR":               {"a.md", "a.md", []byte("x\ry\rz"), []byte("x\rY\rz")},
		"mark":             {"a.md", "a.md", []byte("\uFEFFx\n"), []byte("\uFEFFy\n")},
		"from nothing":     {"a.md", "a.md", nil, []byte("y\n")},
		"to nothing":       {"a.md", "a.md", []byte("x\n"), nil},
		"two places":       {"a.md", "a.md", []byte(long), []byte("zero\n" + long + "three")},
		"made":             {"", "sub/a.md", nil, []byte("x\n")},
		"made empty":       {"", "sub/a.md", nil, nil},
		"move":             {"a.md", "sub/b.md", []byte("x\n"), []byte("x\n")},
		"move and edit":    {"a.md", "sub/b.md", []byte("x\ny\n"), []byte("x\nz\n")},
		"spaces":           {"a b.md", "c d/ e.md", []byte("x\ny\n"), []byte("x\nz\n")},
		"edit with spaces": {"a b .md", "a b .md", []byte("x\n"), []byte("y\n")},
		"odd names":        {"q\"u\\o\tt.md", "日本語 é.md", []byte("x\ny\n"), []byte("x\nz\n")},
		"only the case":    {"note.md", "Note.md", []byte("x\ny\n"), []byte("x\nz\n")},
	} {
		for _, above := range []string{"", "docs/my notes"} {
			t.Run(name+" "+above, func(t *testing.T) {
				top := t.TempDir()
				dir := filepath.Join(top, filepath.FromSlash(above))
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if c.From != "" {
					if err := os.WriteFile(filepath.Join(dir, c.From), c.Before, 0o644); err != nil {
						t.Skip(err) // a name that the system refuses
					}
				}
				if out, err := exec.Command("git", "init", "-q", top).CombinedOutput(); err != nil {
					t.Fatal(err, string(out))
				}
				gitApply(t, dir, Diff(above, []FileChange{c}))
				got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.To)))
				if err != nil || !bytes.Equal(got, c.After) {
					t.Errorf("%q, %v, want %q", got, err, c.After)
				}
				if _, err := os.Stat(filepath.Join(dir, c.From)); c.From != "" && c.From != c.To && err == nil {
					t.Error("the old one is still there")
				}
			})
		}
	}
}

func TestDiffOfNothing(t *testing.T) {
	if d := Diff("", []FileChange{{"a.md", "a.md", []byte("x"), []byte("x")}}); len(d) != 0 {
		t.Errorf("%q", d)
	}
}
