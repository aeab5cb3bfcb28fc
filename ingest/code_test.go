package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

func TestCodeIsItsDocumentation(t *testing.T) {
	src := "// Package tide counts water.\npackage tide\n\n// A Gauge measures.\ntype Gauge struct{}\n\nvar hidden = \"secret body\"\n\n" +
		"// Read reads the level.\nfunc (g *Gauge) Read() float64 {\n\treturn 41.5 // body\n}\n"
	n := prepareText(t, "src/tide/gauge.go", src, wordCount, 512)
	want := []string{"1-2 tide | // … tide", "4-5 tide/Gauge | // … struct{}", "9-10 tide/Gauge.Read | // … float64"}
	if diff := cmp.Diff(want, outline(n)); diff != "" {
		t.Error(diff)
	}
	if n.put.Note.Kind != "go" || n.put.Note.Title != "gauge.go" || n.put.File.State != store.Indexed || n.put.Note.Lines != 12 {
		t.Errorf("%+v %+v", n.put.Note, n.put.File)
	}
	embedded := n.embed[n.put.Chunks[2].Hash]
	if want := "gauge.go > tide > Gauge.Read\n\nRead reads the level.\nfunc (g *Gauge) Read() float64"; embedded != want {
		t.Errorf("embedded %q, want %q", embedded, want)
	}
}

func TestLongDocumentationIsCutToo(t *testing.T) {
	src := "/**\n" + strings.Repeat(" * One two three four five six seven eight nine.\n", 200) + " */\nexport function f() {}\n"
	n := prepareText(t, "f.ts", src, wordCount, 512)
	if len(n.put.Chunks) < 5 || n.put.Note.Kind != "typescript" {
		t.Errorf("%d chunks of kind %s", len(n.put.Chunks), n.put.Note.Kind)
	}
	for _, c := range n.put.Chunks {
		if diff := cmp.Diff([]string{"f", "f"}, c.Heading); diff != "" || c.Tokens > 512 || strings.Contains(n.embed[c.Hash], "*") {
			t.Errorf("%s %d tokens: %q", diff, c.Tokens, n.embed[c.Hash])
		}
	}
}

func TestCodeWithoutDocumentation(t *testing.T) {
	p := preparer{markdown: newMarkdown(), count: wordCount, maxTokens: 512}
	for id, want := range map[string]string{"a.py": "no documentation in it", "big.js": "1.6 MB, over the limit of 1.0 MB"} {
		text := "x = 1\n"
		if id == "big.js" {
			text = strings.Repeat("let a = 1; // x\n", 100_000)
		}
		if _, err := p.prepare(id, []byte(text)); err == nil || err.Error() != want || refusal(id, err).State != store.Skipped {
			t.Errorf("%s: %v, want %s", id, err, want)
		}
	}
	n := prepareText(t, "a.go", "package a\n\n// F is.\nfunc F() {}\n\nfunc g( {\n", wordCount, 512)
	if n.put.File.State != store.Partial || !strings.HasPrefix(n.put.File.Reason, "only what could be read: 6:") || len(n.put.Chunks) != 1 {
		t.Errorf("%+v", n.put.File)
	}
}
