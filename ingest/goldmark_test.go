package ingest

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// treeLinks are the destinations of links in goldmark's own tree.
func treeLinks(p parser.Parser, src []byte) []string {
	var found []string
	_ = ast.Walk(p.Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering {
			found = append(found, string(util.UnescapePunctuations(l.Destination)))
		}
		return ast.WalkContinue, nil
	})
	return found
}

// scannedLinks are those that the index takes.
func scannedLinks(p parser.Parser, src []byte) []string {
	var found []string
	for _, r := range parseMarkdown(p, src, 0, false).references {
		if r.kind == linksTo {
			found = append(found, r.target)
		}
	}
	return found
}

// TestSpecificationLinks holds the scanner against goldmark's tree over the examples of CommonMark 0.31, which the module
// carries. The numbers are the examples known to differ (docs/decisions/0014-own-inline-scanner.md).
func TestSpecificationLinks(t *testing.T) {
	known := []int{193, 194, 195, 197, 198, 201, 215, 216, 217, 493, 506, 518, 519, 520, 540, 541, 549, 559, 593}
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct {
		Markdown string
		Example  int
	}
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	var differ []int
	own, tree := newMarkdown(), goldmark.DefaultParser()
	for _, e := range examples {
		if !slices.EqualFunc(scannedLinks(own, []byte(e.Markdown)), treeLinks(tree, []byte(e.Markdown)), samePath) {
			differ = append(differ, e.Example)
		}
	}
	if d := cmp.Diff(known, differ); d != "" || len(examples) < 600 {
		t.Errorf("of %d examples: %s", len(examples), d)
	}
}

func samePath(a, b string) bool {
	x, errX := url.PathUnescape(a)
	y, errY := url.PathUnescape(b)
	return a == b || errX == nil && errY == nil && x == y
}

// BenchmarkLinks finds the links of the demo's notes and of hostile lines, by the scanner and by goldmark's tree, in turns.
func BenchmarkLinks(b *testing.B) {
	var vault []byte
	err := filepath.WalkDir(filepath.FromSlash("../testdata/vault"), func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".md") {
			var data []byte
			data, err = os.ReadFile(p)
			vault = append(vault, data...)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	own := newMarkdown()
	tree := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.DefinitionList, extension.Footnote)).Parser()
	for name, src := range map[string][]byte{
		"notes": vault, "open links": []byte(strings.Repeat("[a](b", 4000)), "emphasis": []byte(strings.Repeat("*a_", 6000)),
	} {
		b.Run(name, func(b *testing.B) {
			var scanner, parsed []float64
			for b.Loop() {
				scanner = append(scanner, rate(src, func() { scannedLinks(own, src) }))
				parsed = append(parsed, rate(src, func() { treeLinks(tree, src) }))
			}
			slices.Sort(scanner)
			slices.Sort(parsed)
			b.ReportMetric(scanner[len(scanner)/2], "own-B/ms")
			b.ReportMetric(parsed[len(parsed)/2], "tree-B/ms")
		})
	}
}

func rate(src []byte, do func()) float64 {
	began := time.Now()
	do()
	return float64(len(src)) / (float64(time.Since(began).Nanoseconds()) / 1e6)
}
