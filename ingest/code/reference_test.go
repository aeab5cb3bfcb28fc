package code

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// referred lists what the comments of a file refer to, each with its line; a path in angle brackets.
func referred(t *testing.T, id, text string) []string {
	t.Helper()
	f, err := Parse(t.Context(), id, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range f.Comments {
		for _, r := range f.References(c) {
			target := r.Target
			if r.Path {
				target = "<" + target + ">"
			}
			out = append(out, fmt.Sprintf("%d %s", 1+strings.Count(text[:c.Position(r.Pos)], "\n"), target))
		}
	}
	return out
}

func TestReferences(t *testing.T) {
	for _, tt := range []struct {
		name, id, text string
		want           []string
	}{
		{"JSDoc", "a.ts", "/**\n * Uses {@link Gauge}, {@linkcode Gauge#read} and {@link Gauge.read | the reader}.\n * {@link Tide label} {@link slack()}\n */\nexport function f() {}\n",
			[]string{"2 Gauge", "2 Gauge.read", "2 Gauge.read", "3 Tide", "3 slack"}},
		{"see", "a.js", "/** F.\n * @see Gauge#read(int) how\n * @see ./docs/tides.md\n * @see {@link Moon}\n * @see https://example.org/x\n * @see \"A book\"\n * @see <a href=\"x.md\">x</a>\n * @see [x](y.md)\n * @see guide.md, p. 3\n */\nfunction f() {}\n",
			[]string{"2 Gauge.read", "3 <./docs/tides.md>", "4 Moon", "9 <guide.md>"}},
		{"one line", "a.ts", "/** @see Gauge */\nclass C {}\n", []string{"1 Gauge"}},
		{"module path", "a.js", "/** {@link module:foo/bar~Baz} {@link https://x.org} {@link mailto:a@b.c} */\nclass C {}\n", nil},
		{"own names", "a.ts", "/** {@link D} {@link C.m} {@link a.C} */\nclass C {\n  /** {@link #m} {@link #n} */\n  m() {}\n}\n", []string{"1 D", "3 C.n"}},
		{"Javadoc", "x/A.java", "package com.acme;\n\n/**\n * Like {@link com.acme.sea.Tide#high(int, String) high}.\n * @see List<String>\n * @see #run()\n */\nclass A {}\n",
			[]string{"4 com.acme.sea.Tide.high", "5 List", "6 A.run"}},
		{"Go", "p/a.go", "// Package tide counts, see [store.Note], [Gauge], [*Level.Read] and [io.Reader].\n//\n// Not x[I], [t], [Text](a.md), [[Note]], [Label]: z, ![Image].\npackage tide\n",
			[]string{"1 store.Note", "1 tide.Gauge", "1 tide.Level.Read", "1 io.Reader"}},
		{"Go itself", "p/a.go", "// Package tide has [Gauge], [tide.Gauge] and [Gauge.Read].\npackage tide\n\n// A Gauge is.\ntype Gauge struct{\n\t// N is [Level].\n\tN int\n}\n\n// Read is.\nfunc (Gauge) Read() {}\n",
			[]string{"6 tide.Level"}},
		{"code of Go is none", "p/a.go", "package p\n\n// F is.\nfunc F(x [N]int) {}\n", nil},
		{"Rust", "src/tide.rs", "/// Like [`Moon`], [crate::sea::Tide], [`Self::x`] and [`run()`]; a[I].\npub struct Gauge;\n", []string{"1 Moon", "1 sea.Tide", "1 Self.x", "1 run"}},
		{"Python", "a.py", "def f(x=\"{@link No}\"):\n    \"\"\"Doc.\n\n    @see Gauge.read\n    \"\"\"\n", []string{"4 Gauge.read"}},
	} {
		if d := cmp.Diff(tt.want, referred(t, tt.id, tt.text)); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

func TestComments(t *testing.T) {
	for _, tt := range []struct{ id, text, want string }{
		{"a.ts", "class A {\n    /**\n     * One.\n     *\n     *     code\n     **/\n    m() {}\n}\n", "\nOne.\n\n    code\n\n"},
		{"b.ts", "/** One. */\nclass A {}\n", "One.\n"},
		{"c.ts", "/**\n  One.\n    Two.\n*/\nclass A {}\n", "\nOne.\n  Two.\n\n"},
		{"a.go", "package a\n\n// One.\n//\n//\tcode\nfunc F() {}\n", "One.\n\n\tcode\n"},
		{"b.go", "package a\n\n/* One.\nTwo. */\nfunc F() {}\n", "One.\nTwo.\n"},
		{"a.rs", "/// One.\n/// Two.\nfn f() {}\n", "One.\nTwo.\n"},
		{"a.py", "class A:\n    def m(self):\n        r'''One.\n\n        Two.\n            code\n        '''\n", "One.\n\nTwo.\n    code\n\n"},
		{"crlf.ts", "/**\r\n * One.\r\n */\r\nclass A {}\r\n", "\nOne.\n\n"},
	} {
		f, err := Parse(t.Context(), tt.id, []byte(tt.text))
		if err != nil || len(f.Comments) == 0 {
			t.Fatalf("%s: %+v %v", tt.id, f, err)
		}
		if d := cmp.Diff(tt.want, f.Comments[len(f.Comments)-1].Text); d != "" {
			t.Errorf("%s: %s", tt.id, d)
		}
	}
}

// FuzzComments holds the text of comments to the file, byte by byte, and what they refer to to the text.
func FuzzComments(f *testing.F) {
	for _, seed := range []string{"/**\n * {@link A}\n */\nclass B {}\n", "package a\n\n// [B.C] x\nfunc F() {}\n", "/// [`a::b`]\nfn f() {}", "def f():\n  '''@see x'''\n", "/***/", "/** * */ x", "\xff/** @see \xff */ class a"} {
		for id := range 4 {
			f.Add(seed, id)
		}
	}
	f.Fuzz(func(t *testing.T, text string, kind int) {
		id := []string{"a.ts", "a.go", "a.rs", "a.py"}[uint(kind)%4]
		file, _ := Parse(t.Context(), id, []byte(text))
		for _, c := range file.Comments {
			for i := range len(c.Text) {
				if at := c.Position(i); c.Text[i] != '\n' && (at >= len(text) || text[at] != c.Text[i]) {
					t.Fatalf("byte %d of %q is not at %d of %q", i, c.Text, at, text)
				}
			}
			for _, r := range file.References(c) {
				if r.Target == "" || r.Pos < 0 || r.Pos >= len(c.Text) {
					t.Fatalf("%q: %+v", c.Text, r)
				}
			}
		}
	})
}
