package code

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/limits"
)

// outline is the module and one line per symbol: first and last line, name, first words of the prose, end of the head.
func outline(t *testing.T, id, text string) []string {
	t.Helper()
	f, err := Parse(t.Context(), id, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	out := []string{f.Module}
	for _, s := range f.Symbols {
		line := func(pos int) int { return 1 + strings.Count(text[:pos], "\n") }
		prose := strings.Join(strings.Fields(Prose(text[s.Start:s.End])), " ")
		out = append(out, fmt.Sprintf("%d-%d %s | %s", line(s.Start), line(s.End-1), s.Name, prose))
	}
	return out
}

func TestSamples(t *testing.T) {
	tests := map[string][]string{
		"sample.ts": {"sample", "2-5  | Module doc. @packageDocumentation",
			"7-8 doIt | Does it. export async function doIt<T>(x: T = /re'g\"ex\\/{/g, y = `a ${x + `/** no `} b`): Promise<T>",
			"11-13 Foo | A class. @Injectable({a: 1}) export default abstract class Foo<T> extends Bar",
			"14-15 Foo.name | the field private readonly name: string", "16-17 Foo.method | m doc @deco() async *method(a: number)",
			"18-19 Foo.value | getter get value(): number", "22-23 arrow | arrow export const arrow", "24-25 Q | type type Q",
			"25-25 a | inner a: string", "26-26 I.m | im m(x: string): void"},
		"sample.tsx": {"sample", "1-2 A | comp export function A()", "5-6 B | second export const B", "7-8 C | third export function C(a: Array<string>): void"},
		"sample.py": {"sample", "3-3  | Module doc.", "6-10 f | def f(a: int = \"x\", b=None) -> str: Doc of f. more",
			"13-14 A | class A(B): Doc of A.", `16-17 A.m | async def m(self): "single"`},
		"sample.rs": {"sample", "1-2  | Crate doc more", "4-7 Foo | Doc of foo line 2 #[derive(Debug, Clone)] pub(crate) struct Foo<'a>",
			"8-9 Foo.x | field doc pub x: &'a str", "10-11 Foo | block doc impl<'a> Foo<'a>",
			"12-13 Foo.bar | method pub async unsafe fn bar(&self, c: char) -> u8", "16-17 T.q | tm fn q()"},
		"Sample.java": {"com.acme.app", `4-6 Foo | Class doc {@code x}. @Service("x") public final class Foo<T extends Bar> implements Baz`,
			"7-7 Foo.M | field private static final Map<String, List<Integer>> M", "8-9 Foo.Foo | ctor public Foo(int a)",
			"10-11 Foo.get | method @Override public <R> List<R> get(String s, char c) throws E", "13-13 Foo.P | rec record P(int a)",
			"14-14 Foo.E.A | const A"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, outline(t, name, string(text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGo(t *testing.T) {
	text := "// Package tide counts water.\npackage tide\n\nimport \"fmt\"\n\n// High is one.\nconst High = 1\n\n// Levels.\nconst (\n\tA = iota // low\n\tB\n)\n\n" +
		"// Group.\nvar (\n\t// X is.\n\tX = 1\n\tY = 2\n)\n\n// A Gauge measures.\ntype Gauge[T any] struct {\n\t// Depth in metres.\n\tDepth float64\n}\n\n" +
		"// Read reads.\n//\n//\tg.Read()\nfunc (g *Gauge[T]) Read(at int) (float64, error) {\n\tfmt.Println() // no\n\treturn 0, nil\n}\n\nfunc quiet() {}\n\n/* Block\ndoc. */\nfunc f()\n"
	want := []string{"tide", "1-2  | Package tide counts water. package tide", "6-7 High | High is one. const High = 1",
		"9-13 A | Levels. const ( A = iota // low B )", "15-16  | Group. var", "17-18 X | X is. X = 1",
		"22-26 Gauge | A Gauge measures. type Gauge[T any] struct { Depth in metres. Depth float64 }",
		"28-31 Gauge.Read | Read reads. g.Read() func (g *Gauge[T]) Read(at int) (float64, error)", "38-40 f | Block doc. func f()"}
	if diff := cmp.Diff(want, outline(t, "a/tide.go", text)); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenGoGivesWhatCouldBeRead(t *testing.T) {
	f, err := Parse(t.Context(), "x.go", []byte("package x\n\n// A is.\nfunc A() {}\n\n// B is.\nfunc B( {\n"))
	if err == nil || len(f.Symbols) == 0 || f.Symbols[0].Name != "A" {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := Parse(t.Context(), "x.go", []byte("no program at all")); err == nil {
		t.Error("no error")
	}
}

func TestModules(t *testing.T) {
	for id, want := range map[string]string{"a/b.ts": "b", "web/index.js": "web", "src/net/mod.rs": "net", "pkg/__init__.py": "pkg", "x.test.ts": "x", "main.py": "main"} {
		if got := moduleOf(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// What would take a lexer or a parser too much time or stack is refused, and soon.
func TestBombs(t *testing.T) {
	many := func(s string) string { return strings.Repeat(s, 100_000/len(s)) }
	bombs := map[string]string{
		"a.go": "package a\nvar x = " + many("("), "b.go": "package b\nvar x = " + many("*") + "y", "c.go": "package c\n" + many("type T struct{"),
		"d.go": "package d\nvar x = " + many("!") + "y", "e.go": "package e\nvar x " + many("[]") + "int", "f.go": "package f\nvar x = " + many("a+"),
		"g.go": "package g\nvar x " + many("chan ") + "int", "h.go": "package h\nvar x = " + many("func() ") + "int", "i.go": "package i\nfunc f() {" + many("if a {} else "),
		"a.py": many(`"""`), "b.py": many(`f"{`), "c.py": many(" "), "d.py": many("def f("), "e.py": many("class a:\n"), "a.ts": many("`${"),
		"b.ts": many("<"), "c.ts": many("/a"), "d.ts": many("'\n"), "e.tsx": many("/** a */"), "a.rs": many("r#"), "b.rs": many("/*"), "c.rs": many("/// a\n"),
		"a.java": many("@"), "b.java": many("a.b "), "c.java": many(" a"), "d.java": many(`"`), "e.java": many("a<"), "f.java": many("/** a */ {"),
	}
	for id, text := range bombs {
		t.Run(id, func(t *testing.T) {
			clock := func(id, text string) (time.Duration, error) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
				defer cancel()
				began := time.Now()
				_, _ = Parse(ctx, id, []byte(text)) // its answer does not matter
				return time.Since(began), nil
			}
			limit := limits.Limit{Time: 5 * time.Second, Yard: time.Second / 2, Measure: func() (time.Duration, error) { return clock("a.ts", many("a = b\n")) }}
			if _, err := limit.Kept(func() (time.Duration, error) { return clock(id, text) }); err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	samples, err := filepath.Glob("testdata/[sS]ample.*")
	if err != nil || len(samples) != 5 {
		f.Fatal(samples, err)
	}
	for i, name := range append(samples, "code_test.go") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, i)
	}
	ends := []string{"Sample.java", "s.py", "s.rs", "s.ts", "s.tsx", "s.go"}
	f.Fuzz(func(t *testing.T, text []byte, language int) {
		text = []byte(strings.ToValidUTF8(string(text), "?"))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		found, err := Parse(ctx, ends[uint(language)%uint(len(ends))], text)
		end := 0
		for _, s := range found.Symbols {
			if s.Start < end || s.End <= s.Start || s.End > len(text) || len(s.Name) > maxParts*(maxName+1) {
				t.Fatalf("%+v after %d of %d (%v)", s, end, len(text), err)
			}
			_ = Prose(string(text[s.Start:s.End]))
			end = s.End
		}
	})
}
