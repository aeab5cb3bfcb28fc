package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A docsTree is a public documentation in its shape: a folder a language, translations of the same pages, sizes log-normal around
// 6 kB, a day in the front matter, code, and links among the pages. The tree that it is modelled on has 6,280 files in 35 languages.
const (
	treeFiles     = 6280
	treeLanguages = 35
	treeBytes     = 6000
	treeSpread    = 0.8 // of the logarithm of a size
)

// writeTree writes a docsTree of so many files below the working folder and returns the ids of its pages, newest first.
func writeTree(b *testing.B, files int) (newest []string) {
	b.Helper()
	r, w := rand.New(rand.NewPCG(15, 5)), zipfWords(15)
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	pages := (files + treeLanguages - 1) / treeLanguages
	for i := range files {
		language, page := i/pages, i%pages
		id := fmt.Sprintf("l%02d/section%d/page%d.md", language, page%12, page)
		size := int(treeBytes * math.Exp(treeSpread*r.NormFloat64()-treeSpread*treeSpread/2))
		var text strings.Builder
		fmt.Fprintf(&text, "---\ntitle: %s\ndate: %s\n---\n", w(3), day.AddDate(0, 0, -i/2).Format(time.DateOnly))
		for text.Len() < size {
			fmt.Fprintf(&text, "\n## %s\n\n%s. See [%s](../section%d/page%d.md).\n\n```sh\n%s --%s\n```\n",
				w(3), w(90), w(2), r.IntN(pages)%12, r.IntN(pages), w(2), w(1))
		}
		writePage(b, id, text.String())
		newest = append(newest, id)
	}
	return newest
}

// writeLong writes notes of 400 words in four sections, each with a link and a tag.
func writeLong(b *testing.B, n int) {
	b.Helper()
	w, r := zipfWords(9), rand.New(rand.NewPCG(9, 9))
	for i := range n {
		var text strings.Builder
		fmt.Fprintf(&text, "# %s\n\n", w(3))
		for range 4 {
			fmt.Fprintf(&text, "## %s\n\n%s. See [[note-%d]] and #tag%d.\n\n", w(2), w(100), r.IntN(n), r.IntN(50))
		}
		writePage(b, fmt.Sprintf("d%04d/note-%d.md", i/100, i), text.String())
	}
}

func writePage(b *testing.B, id, text string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(id), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(id, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}
