package ignore

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// One line each of what gitignore(5) says.
var lines = []struct{ patterns, path, want string }{
	{"\ufeffsecret.md\n", "secret.md", "out"},
	{"\ufeffsecret.md\r\nother.md\r\n", "other.md", "out"},
	{"\ufeff# secret.md\n", "secret.md", "in"},
	{"a\n\ufeffsecret.md\n", "secret.md", "in"}, // a mark is one only at the beginning
	{"secret.md\r", "secret.md", "out"},
	{"secret.md  \n", "secret.md", "out"},
	{"secret.md\t\n", "secret.md", "in"},
	{"secret.md \r\n", "secret.md", "out"},
	{"a\\ \n", "a ", "out"},
	{"a\\   \n", "a ", "out"},
	{"a \n", "a ", "in"},
	{" a\n", "a", "in"},
	{"\\#x\n", "#x", "out"},
	{"\\!x\n", "!x", "out"},
	{"!x\n", "!x", "in"},
	{"*.md\n!keep.md\n", "keep.md", "in"},
	{"private/\n!private/keep.md\n", "private/keep.md", "out"}, // nothing comes back out of a folder that is left out
	{"private/*\n!private/keep.md\n", "private/keep.md", "in"},
	{"private\n", "x/private/y.md", "out"},
	{"private/\n", "private", "in"}, // a file here
	{"/top.md\n", "sub/top.md", "in"},
	{"sub/top.md\n", "x/sub/top.md", "in"},
	{"**/sub/top.md\n", "x/sub/top.md", "out"},
	{"sub/**/top.md\n", "sub/top.md", "out"},
	{"sub/**/top.md\n", "sub/a/b/top.md", "out"},
	{"sub/*/top.md\n", "sub/a/b/top.md", "in"},
	{"sub/**\n", "sub/a/b/top.md", "out"},
	{"a**/b.md\n", "ax/y/b.md", "out"}, // after letters ** is two stars by the manual, and more by what git does
	{"x/a**c/b.md\n", "x/a/c/b.md", "in"},
	{"*a**c/b.md\n", "a/c/b.md", "in"},
	{"[a-c].md\n", "b.md", "out"},
	{"[!a-c].md\n", "b.md", "in"},
	{"[]x].md\n", "].md", "out"},
	{"[a-\n", "[a-", "in"},
	{"[[:digit:]]*.md\n", "2024.md", "out"},
	{"?.md\n", "é.md", "in"}, // git counts bytes
	{"??.md\n", "é.md", "out"},
	{"A.md\n", "a.md", "in"},
	{"caf\u00e9.md\n", "cafe\u0301.md", "in"},
	{"a.md\x00b\n", "a.md", "out"},
	{"a\\\n", "a", "in"},
	{"/\n", "a", "in"},
	{"*\n!*/\n!*.md\n", "x/y/z.md", "in"},
	{"*\n!*.md\n", "x/z.md", "out"},
}

// git is asked as well, so that the table cannot be wrong.
func TestPatterns(t *testing.T) {
	top := newRepository(t)
	paths := make([]string, len(lines))
	for i, tt := range lines {
		paths[i] = fmt.Sprintf("%02d/%s", i, tt.path)
		write(t, top, paths[i], "x")
		write(t, top, fmt.Sprintf("%02d/.gitignore", i), tt.patterns)
	}
	_, ours := left(t, top, "")
	gits := checkIgnore(t, top, paths)
	for i, tt := range lines {
		want := tt.want == "out"
		if got, real := slices.Contains(ours, paths[i]), slices.Contains(gits, paths[i]); got != want || real != want {
			t.Errorf("%q, %q: left out by us %v, by git %v, want %v", tt.patterns, tt.path, got, real, want)
		}
	}
}

// Beyond the bounds nothing is lost in silence.
func TestBounds(t *testing.T) {
	r, whole := Rules{}.With(".", []byte(strings.Repeat("a\n", MaxPatterns)))
	if !whole {
		t.Error("as many as may be are too many")
	}
	if _, whole = r.With(".", []byte("b\n")); whole {
		t.Error("one more is not told")
	}
	if _, whole = r.With(".", []byte("# only a comment\n\n")); !whole {
		t.Error("a comment counts as a pattern")
	}
	if _, whole = (Rules{}).With(".", []byte(strings.Repeat("#", MaxBytes+1))); whole {
		t.Error("a long file is not told")
	}
}

// What takes others time without end takes the length of the pattern times that of the name.
func TestHostilePatterns(t *testing.T) {
	for _, part := range []string{"*a", "**/", "**/a/", "*?", "a*/**/", "[a-z]*", "*[!b]", "*\\a"} {
		pattern := strings.Repeat(part, 20_000/len(part)) + "b"
		r, _ := Rules{}.With(".", []byte(pattern+"\n/"+pattern))
		for _, name := range []string{strings.Repeat("a", 4000), strings.Repeat("a/", 2000) + "a"} {
			if r.Ignores(name, false) {
				t.Errorf("%.20s… leaves out %.20s…", pattern, name)
			}
		}
	}
}

func FuzzRules(f *testing.F) {
	for _, s := range []string{"docs/**/*.md", "!a\n/b/\n#c\n", "{a,b{c,d}}/[!x]?", "**/**/a/**", "\\!x\n\\#\n a \n", "[\n[]]\n[a-", "*\n!*/\n", "\ufeffa\r\n", "[[:alpha:]-z]", "a\\ \x00"} {
		f.Add(s, "docs/a/b.md")
	}
	f.Fuzz(func(t *testing.T, patterns, name string) {
		if path.Clean("/"+name) != "/"+name || name == "" || len(patterns) > MaxPatterns {
			return
		}
		r, _ := Rules{prefix: "n/", fold: len(name)%2 == 0}.With("docs", []byte(patterns))
		out := r.Ignores(name, false)
		if back, _ := r.With("docs", []byte("!**")); out && back.Ignores(name, false) && strings.HasPrefix(name, "docs/") {
			t.Errorf("%q stays out", name)
		}
		if all, _ := r.With(".", []byte("*")); !all.Ignores(name, false) {
			t.Errorf("%q stays in", name)
		}
	})
}

func FuzzSettings(f *testing.F) {
	f.Add("[core]\n\tignoreCase = true ; no\n[include \"x\"]\npath = \"a b\" # c\n\\\n")
	f.Add("[a]b=\\")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range parseSettings(text) {
			if !strings.Contains(s.name, ".") {
				t.Errorf("%+v", s)
			}
		}
	})
}

func BenchmarkIgnores(b *testing.B) {
	r, _ := Rules{}.With(".", []byte(strings.Repeat("node_modules/\n*.log\nbuild/**/out\n/dist\n*.py[cod]\n!keep.md\n", 8)))
	for b.Loop() {
		r.Ignores("docs/guide/how-to/reference-of-settings.md", false)
	}
}
