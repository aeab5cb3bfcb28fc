package ingest

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkPrepare reads notes as a run does, without a model: the demo's text, which has no relations, and a note full of them.
func BenchmarkPrepare(b *testing.B) {
	var full strings.Builder
	full.WriteString("---\nup: tides\nrelated: [\"[[a]]\", \"[[b]]\"]\n---\n")
	for i := range 200 {
		fmt.Fprintf(&full, "The tide turns (see:: [[n%d]]) at the pier.\n\nsupports:: [[m%d]]\n\nIt [EXTENDS: k%d] and std::vector, [NOTE: so].\n\n", i, i, i)
	}
	p := preparer{markdown: newMarkdown(), count: wordCount, maxTokens: 512}
	for name, text := range map[string][]byte{"demo": vaultText(b), "relations": []byte(full.String())} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := p.prepare("n.md", text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
