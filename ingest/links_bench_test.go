package ingest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// vaultText is the demo's notes as one text.
func vaultText(b *testing.B) []byte {
	b.Helper()
	var notes []byte
	err := filepath.WalkDir(filepath.FromSlash("../testdata/vault"), func(p string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".md") {
			var data []byte
			data, err = os.ReadFile(p)
			notes = append(notes, data...)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return notes
}

// BenchmarkLinks reads blocks, links and what is seen of the demo's notes and of hostile lines, by this room and by goldmark with all its
// parsers, in turns.
func BenchmarkLinks(b *testing.B) {
	own := newMarkdown()
	tree := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.DefinitionList, extension.Footnote)).Parser()
	for name, src := range map[string][]byte{
		"notes": vaultText(b), "open links": []byte(strings.Repeat("[a](b", 4000)), "emphasis": []byte(strings.Repeat("*a_", 6000)),
		"embeds": []byte(strings.Repeat("![[](", 4000)), "definitions": []byte(strings.Repeat("[r]: x\n", 3000)), "nested": []byte(strings.Repeat("[", 20000)),
	} {
		b.Run(name, func(b *testing.B) {
			var ours, theirs []float64
			for b.Loop() {
				ours = append(ours, rate(src, func() { parseMarkdown(own, src, 0, false) }))
				theirs = append(theirs, rate(src, func() { tree.Parse(text.NewReader(src)) }))
			}
			slices.Sort(ours)
			slices.Sort(theirs)
			b.ReportMetric(ours[len(ours)/2], "own-B/ms")
			b.ReportMetric(theirs[len(theirs)/2], "tree-B/ms")
		})
	}
}

// rate is how many bytes a millisecond something gets through.
func rate(src []byte, do func()) float64 {
	began := time.Now()
	do()
	return float64(len(src)) / (float64(time.Since(began).Nanoseconds()) / 1e6)
}
