package ingest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/tokenizer"
)

func wordCount(s string) int { return len(strings.Fields(s)) }

func prepareText(t *testing.T, id, text string, count func(string) int, maxTokens int) prepared {
	t.Helper()
	p := preparer{markdown: newMarkdown(), count: count, maxTokens: maxTokens}
	n, err := p.prepare(id, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// outline is one line per chunk: lines, heading path, first and last words.
func outline(n prepared) []string {
	var out []string
	for _, c := range n.put.Chunks {
		words := strings.Fields(c.Text)
		out = append(out, fmt.Sprintf("%d-%d %s | %s … %s", c.FirstLine, c.LastLine, strings.Join(c.Heading, "/"), words[0], words[len(words)-1]))
	}
	return out
}

func TestChunksFollowTheNote(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("w ", 200))
	tests := []struct {
		name, text string
		want       []string
	}{
		{"one passage", "just text\nin two lines\n", []string{"1-2  | just … lines"}},
		{"headings begin passages", "# A\n\none\n\n## B\n\ntwo\n\n### C\nthree\n\n## D\nfour",
			[]string{"1-3 A | # … one", "5-7 A/B | ## … two", "9-10 A/B/C | ### … three", "12-13 A/D | ## … four"}},
		{"a heading without text goes with the next one inside it", "# A\n\n## B\n\ntext\n\n## C\n\n## D\n\nend",
			[]string{"1-5 A/B | # … text", "7-7 A/C | ## … C", "9-11 A/D | ## … end"}},
		{"underlined headings", "Title\n=====\n\none\n\nSub\n---\ntwo", []string{"1-4 Title | Title … one", "6-8 Title/Sub | Sub … two"}},
		{"front matter is not text", "---\ntitle: T\n---\n\n# A\nx", []string{"5-6 A | # … x"}},
		{"front matter alone is", "---\ntitle: T\ntags: [a]\n---\n", []string{"1-4  | --- … ---"}},
		{"blocks stay whole", "# A\n\nfirst " + long + "\n\n- second " + long + "\n- item\n\n```go\nthird " + long + "\n```\n",
			[]string{"1-3 A | # … w", "5-6 A | - … item", "8-10 A | ```go … ```"}},
		{"a fence hides headings", "```\n# no\n```\n\n# yes\n", []string{"1-3  | ``` … ```", "5-5 yes | # … yes"}},
		{"CRLF", "# A\r\n\r\none\r\n\r\n## B\r\ntwo\r\n", []string{"1-3 A | # … one", "5-6 A/B | ## … two"}},
		{"definitions and footnotes stay in place", "a [x] b[^1]\n\n[x]: y.md\n\n[^1]: note\n\nlast", []string{"1-7  | a … last"}},
		{"definition list", "Term\n: meaning\n\n# H\nx", []string{"1-2  | Term … meaning", "4-5 H | # … x"}},
		{"a long paragraph is cut at sentences", strings.Repeat("One two three four five six seven eight nine ten. ", 60),
			[]string{"1-1  | One … ten.", "1-1  | One … ten."}},
		{"a long list is cut at items", strings.Repeat("- "+strings.Repeat("w ", 50)+"end\n", 12), []string{"1-6  | - … end", "7-12  | - … end"}},
		{"markup in headings", "# **Bold** `code` [link](x.md) [[wiki]]\ntext", []string{"1-2 Bold code link wiki | # … text"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := prepareText(t, "n.md", tt.text, wordCount, 512)
			if diff := cmp.Diff(tt.want, outline(n)); diff != "" {
				t.Error(diff)
			}
			checkChunks(t, []byte(tt.text), n, wordCount, 512)
		})
	}
}

// checkChunks holds what is true of the chunks of any note: valid ranges in order, nothing lost, nothing too large.
func checkChunks(t *testing.T, src []byte, n prepared, count func(string) int, maxTokens int) {
	t.Helper()
	clean, _, _ := cleanText(src)
	end, covered := 0, 0
	for i, c := range n.put.Chunks {
		if c.Seq != i || c.Start < end || c.End <= c.Start || c.End > len(src) {
			t.Fatalf("chunk %d: seq %d, bytes %d-%d after %d of %d", i, c.Seq, c.Start, c.End, end, len(src))
		}
		if want := notes.Readable(clean[c.Start:c.End]); c.Text != want {
			t.Fatalf("chunk %d: text %q, file has %q", i, c.Text, want)
		}
		if first, last := 1+bytes.Count(src[:c.Start], []byte("\n")), 1+bytes.Count(src[:c.End-1], []byte("\n")); c.FirstLine != first || c.LastLine != last {
			t.Fatalf("chunk %d: lines %d-%d, want %d-%d", i, c.FirstLine, c.LastLine, first, last)
		}
		if got := count(n.embed[c.Hash]); got != c.Tokens || got > maxTokens {
			t.Fatalf("chunk %d: %d tokens, recorded %d, limit %d", i, got, c.Tokens, maxTokens)
		}
		if c.End-c.Start > maxChunkBytes+6*maxHeading+100 {
			t.Fatalf("chunk %d has %d bytes", i, c.End-c.Start)
		}
		if covered = i; len(bytes.TrimSpace(clean[end:c.Start])) > 0 && i > 0 {
			t.Fatalf("lost before chunk %d: %q", covered, clean[end:c.Start])
		}
		end = c.End
	}
	if len(n.put.Chunks) < maxChunks && len(bytes.TrimSpace(clean[end:])) > 0 {
		t.Fatalf("lost at the end: %q", clean[end:])
	}
}

// A passage keeps its hash, and so its vector, when another section changes.
func TestIdentitySurvivesEditsElsewhere(t *testing.T) {
	before := prepareText(t, "n.md", "# T\n\n## A\n\none\n\n## B\n\ntwo\n", wordCount, 512)
	after := prepareText(t, "n.md", "# T\n\n## A\n\none, and more\n\nnew\n\n## B\n\ntwo\n", wordCount, 512)
	if before.put.Chunks[1].Hash != after.put.Chunks[1].Hash || before.put.Chunks[0].Hash == after.put.Chunks[0].Hash {
		t.Error("hashes do not follow the text")
	}
	if got, want := after.embed[after.put.Chunks[1].Hash], "T > B\n\ntwo"; got != want {
		t.Errorf("embedded %q, want %q", got, want)
	}
}

func FuzzChunker(f *testing.F) {
	for _, s := range []string{"# A\n\ntext", "---\na: b\n---\n> x\n- y\n  - z\n", "```\nx\n", "a\n: b\n\n[^1]: c\n", "\xff\xfe\n#\n", "|a|\n|-|\n|b|", "<!-- tags: a -->\n\n1. x\n\n\ty", "\r\n# a\r\r\n", "日本語。次。"} {
		f.Add([]byte(s), 40)
	}
	f.Fuzz(func(t *testing.T, data []byte, maxTokens int) {
		maxTokens = 20 + (maxTokens&0x7fffffff)%500
		p := preparer{markdown: newMarkdown(), count: tokenizer.Estimate, maxTokens: maxTokens}
		n, err := p.prepare("dir/n.md", data)
		if err != nil {
			if strings.Contains(err.Error(), "cannot be parsed") {
				t.Fatal(err)
			}
			return
		}
		checkChunks(t, data, n, tokenizer.Estimate, maxTokens)
		if src, _, _ := cleanText(data); len(n.put.Chunks) > 0 {
			head, _ := notes.ReadHead(src)
			if c := n.put.Chunks[0]; c.Start > head.End && len(bytes.TrimSpace(src[head.End:c.Start])) > 0 {
				t.Fatalf("lost before the first chunk: %q", src[head.End:c.Start])
			}
		}
		for _, e := range n.put.Edges {
			if e.Line < 1 || e.Line > 1+bytes.Count(data, []byte("\n")) || e.Target == "" || len(e.Sentence) > 4*maxSentence {
				t.Fatalf("edge %+v", e)
			}
		}
	})
}
