package notes

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// git itself applies what UnifiedDiff says, whatever the file is called and however it ends.
func TestUnifiedDiffAsGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("needs git")
	}
	for _, id := range []string{"a.md", "b c/d e.md", "日本語.md", "q\"uote.md", "back\\slash.md", "tab\there.md"} {
		for _, text := range []string{"", "x", "x\n", "x\r\ny\r\n", "1\n2\n3\n4\n5\n6\n7\n8", "- item\n", "a\n\n\n", "old mac\rlines\r"} {
			after, ok := AppendLines(text, []string{"[[one]]", "[two](two.md)"})
			if !ok || !strings.HasPrefix(after, text) {
				t.Fatalf("%q became %q", text, after)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, filepath.FromSlash(id))
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(git, "apply", "-")
			cmd.Dir, cmd.Stdin = dir, strings.NewReader(UnifiedDiff(id, text, after))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%q %q: %v %s\n%s", id, text, err, out, UnifiedDiff(id, text, after))
			}
			if got, _ := os.ReadFile(file); string(got) != after {
				t.Errorf("%q became %q, want %q", text, got, after)
			}
		}
	}
}

func TestAppendLines(t *testing.T) {
	for text, want := range map[string]string{
		"# A\n\nText.\n": "# A\n\nText.\n\n- x\n",
		"# A\n\n- b\n":   "# A\n\n- b\n- x\n",
		"# A":            "# A\n\n- x\n",
		"a\r\n":          "a\r\n\r\n- x\r\n",
		"```\ncode\n":    "", "~~~~ go\n~~~\n": "", "<!-- begun\n": "",
		"```\ncode\n```\n": "```\ncode\n```\n\n- x\n", "<!-- a -->\n": "<!-- a -->\n\n- x\n",
	} {
		got, ok := AppendLines(text, []string{"x"})
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q became %q (%v), want %q", text, got, ok, want)
		}
	}
}

func TestNewLink(t *testing.T) {
	for _, tc := range []struct {
		from, to, title, name string
		style                 LinkStyle
		want                  string
	}{
		{"a.md", "b.md", "B", "b", LinkStyle{Wiki: true}, "[[b]]"},
		{"a.md", "b.md", "B", "b", LinkStyle{}, "[B](b.md)"},
		{"x/a.md", "y/b c.md", "B [1]", "b c", LinkStyle{}, `[B \[1\]](../y/b%20c.md)`},
		{"x/y/a.md", "x/y/z/b(1).md", "B", "b", LinkStyle{}, "[B](z/b%281%29.md)"},
		{"x/a.md", "x/b.md", "B", "b", LinkStyle{BareEnd: true}, "[B](b)"},
		{"a.md", "b|c.md", "B", "b|c", LinkStyle{Wiki: true}, "[B](b%7Cc.md)"},
		{"a.md", "x:y.md", "B", "x:y", LinkStyle{}, "[B](./x:y.md)"},
	} {
		if got := NewLink(tc.from, tc.to, tc.title, tc.name, tc.style); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}

func FuzzUnifiedDiff(f *testing.F) {
	f.Add("a.md", "x\n", "y")
	f.Fuzz(func(t *testing.T, id, before, after string) {
		diff := UnifiedDiff(id, before, after)
		if (diff == "") != (before == after) {
			t.Errorf("%q", diff)
		}
	})
}
