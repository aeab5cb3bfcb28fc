package ingest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
)

func TestLinksInComments(t *testing.T) {
	for _, tt := range []struct {
		id, text string
		want     []string // line, target and, of a symbol, its sign
	}{
		{"src/a.ts", "class A {\n    /**\n     * See [tides](../docs/tides.md#ebb \"t\"), [[Moon]] and [x](https://x.org).\n     * {@link Gauge#read} #tag, f[i](x), `[c](c.md)`\n     *\n     *     [d](d.md)\n     *\n     * @see ./b.ts\n     */\n    m() {}\n}\n",
			[]string{"3 docs/tides.md", "3 Moon", "4 Gauge.read@", "4 x@", "8 src/b.ts"}},
		{"src/tide/a.go", "// Package tide is told in [the docs](/docs/tides.md) and [store.Note].\n//\n// See [Gauge].\npackage tide\n\n// F is [F] or <a href=\"../b.md\">b</a>.\nfunc F(a []int) {}\n",
			[]string{"1 docs/tides.md", "1 store.Note@", "3 tide.Gauge@", "6 src/b.md"}},
		{"a.py", "\"\"\"Module, see [x](b.md).\"\"\"\n\ndef f(x=\"[no](no.md)\"):\n    \"\"\"Doc.\n\n    [y](c.md)\n    \"\"\"\n", []string{"1 b.md", "6 c.md"}},
		{"src/lib.rs", "//! See [`Gauge`](crate::tide::Gauge) and [guide](guide.md).\n\n/// [`Moon`]\npub fn f() {}\n", []string{"1 tide.Gauge@", "1 src/guide.md", "3 Moon@"}},
	} {
		n := prepareText(t, tt.id, tt.text, wordCount, 512)
		var got []string
		for _, e := range n.put.Edges {
			sign := ""
			if e.Rule == notes.BySymbol {
				sign = "@"
			}
			got = append(got, fmt.Sprintf("%d %s%s", e.Line, e.Target, sign))
			if e.Sentence == "" || e.Source != tt.id {
				t.Errorf("%s: %+v", tt.id, e)
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.id, d)
		}
	}
}

func TestSymbolsOfCode(t *testing.T) {
	n := prepareText(t, "src/tide.go", "// Package tide counts.\npackage tide\n\n// A Gauge measures.\ntype Gauge struct{}\n\n// Read reads.\nfunc (Gauge) Read() {}\n", wordCount, 512)
	if want := []string{"Gauge", "Gauge.Read", "tide.Gauge", "tide.Gauge.Read"}; !slices.Equal(n.put.Note.Symbols, want) {
		t.Errorf("%q, want %q", n.put.Note.Symbols, want)
	}
}
