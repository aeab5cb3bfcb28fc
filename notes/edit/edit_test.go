package edit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddTags(t *testing.T) {
	for _, tc := range []struct{ name, before, tags, after string }{
		{"no head", "# A\n", "x,#y z", "---\ntags: [x, y-z]\n---\n\n# A\n"},
		{"no head, CRLF and BOM", "\ufeff# A\r\nb", "x", "\ufeff---\r\ntags: [x]\r\n---\r\n\r\n# A\r\nb"},
		{"empty", "", "x", "---\ntags: [x]\n---\n"},
		{"flow", "---\na: 1\ntags: [b, 'c, d'] # mine\nz: é\n---\nx\xff\x00y", "e", "---\na: 1\ntags: [b, 'c, d', e] # mine\nz: é\n---\nx\xff\x00y"},
		{"flow after a wide key", "---\n名: é\ntags:   [ b ]\n---\n", "e", "---\n名: é\ntags:   [ b, e ]\n---\n"},
		{"flow, empty", "---\ntags: []\n---\n", "e,f", "---\ntags: [e, f]\n---\n"},
		{"flow over lines, trailing comma", "---\ntags: [\n  a,\n  b,\n]\n---\n", "e", "---\ntags: [\n  a,\n  b, e\n]\n---\n"},
		{"block", "---\ntags:\n  - a\n  - b # last\ntitle: T\n---\nbody\n", "c,d", "---\ntags:\n  - a\n  - b # last\n  - c\n  - d\ntitle: T\n---\nbody\n"},
		{"block without indent, CRLF", "---\r\ntags:\r\n- a\r\n---\r\nb\r\n", "c", "---\r\ntags:\r\n- a\r\n- c\r\n---\r\nb\r\n"},
		{"one word", "---\ntags: a\n---\n", "c", "---\ntags: [a, c]\n---\n"},
		{"words", "---\ntags: a, b\nx: y\n---\n", "c", "---\ntags: [a, b, c]\nx: y\n---\n"},
		{"words with spaces", "---\ntags: '#a, b c'\n---\n", "c", "---\ntags: [a, b c, c]\n---\n"},
		{"nothing", "---\ntags:\nx: y\n---\n", "c", "---\ntags: [c]\nx: y\n---\n"},
		{"null", "---\ntags: ~\nx: y\n---\n", "c", "---\ntags: [c]\nx: y\n---\n"},
		{"head without tags", "---\ntitle: T\n...\nbody", "c", "---\ntitle: T\ntags: [c]\n...\nbody"},
		{"empty head", "---\n---\nbody", "c", "---\ntags: [c]\n---\nbody"},
		{"there already", "---\ntags: [A]\n---\n", "a", "---\ntags: [A]\n---\n"},
		{"words that YAML reads otherwise", "# A\n", "true,null,1e5", "---\ntags: [\"true\", \"null\", \"1e5\"]\n---\n\n# A\n"},
		{"comment", "# A\n\n<!-- tags: a, [CITES: b] -->\ntext\n", "c", "# A\n\n<!-- tags: a, [CITES: b], c -->\ntext\n"},
		{"comment, empty", "<!-- tags: -->\n", "c", "<!-- tags: c -->\n"},
		{"comment in code", "```\n<!-- tags: a -->\n```\n<!-- tags: b -->\n", "c", "```\n<!-- tags: a -->\n```\n<!-- tags: b, c -->\n"},
		{"a head without tags and a comment", "---\nx: y\n---\n<!-- tags: b -->\n", "c", "---\nx: y\n---\n<!-- tags: b, c -->\n"},
		{"both", "---\ntags: [a]\n---\n<!-- tags: b -->\n", "b,c", "---\ntags: [a, c]\n---\n<!-- tags: b -->\n"},
		{"a rule first", "---\nplain text\n", "c", "---\ntags: [c]\n---\n\n---\nplain text\n"},
		{"other scripts", "x", "潮,कर", "---\ntags: [潮, कर]\n---\n\nx"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := AddTags([]byte(tc.before), strings.Split(tc.tags, ","))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.after, string(got.Text)); d != "" {
				t.Error(d)
			}
			again, err := AddTags(got.Text, strings.Split(tc.tags, ","))
			if err != nil || len(again.Added) != 0 || !bytes.Equal(again.Text, got.Text) {
				t.Errorf("a second time: %+v, %v", again, err)
			}
		})
	}
}

func TestAddTagsRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ note, tag string }{
		"a bad tag":        {"x", "a,b"},
		"a number":         {"x", "42"},
		"a closing":        {"x", "a]"},
		"empty":            {"x", " "},
		"open head":        {"---\ntitle: x\n\ntext\n", "a"},
		"broken head":      {"---\na: [\n---\n", "a"},
		"a list as head":   {"---\n- a\n---\n", "a"},
		"a map of tags":    {"---\ntags: {a: b}\n---\n", "a"},
		"an alias":         {"---\nx: &t [a]\ntags: *t\n---\n", "b"},
		"a block of text":  {"---\ntags: |\n  a\n---\n", "b"},
		"a note in braces": {"---\n{tags: [a]}\n---\n", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := AddTags([]byte(tc.note), []string{tc.tag}); err == nil {
				t.Errorf("made %q", got.Text)
			}
		})
	}
}

func FuzzAddTags(f *testing.F) {
	f.Add([]byte("---\ntags: [a, 'b]']\n---\nx"))
	f.Add([]byte("---\r\ntags:\r\n- a\r\n---\r\n"))
	f.Add([]byte("<!-- tags: a -->"))
	f.Fuzz(func(t *testing.T, note []byte) {
		got, err := AddTags(note, []string{"new", "true"})
		if err != nil {
			return
		}
		again, err := AddTags(got.Text, []string{"new", "true"})
		if err != nil || len(again.Added) != 0 {
			t.Fatalf("%q became %q, which does not have the tags (%v)", note, got.Text, err)
		}
	})
}

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
