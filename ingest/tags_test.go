package ingest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/tokenizer"
)

// headPieces are lines that stand in front matter and around it.
var headPieces = []string{
	"---", "+++", "...", "***", "", " ", "title: T", "title: A: b", "tags: [a, b c]", "tags:\n  - a\n  - '#b'", "tags: a, b # c", "tags:", "tags = ['a'] # b",
	"title = 'T'", "[params]", "# a comment", "- an item", "Prose without end.", "Note: prose.", "date: 2024-03-05", "https://example.com", "*x*", "{a: b}", "x: |\n  text",
	"<!-- tags: c, [CITES: d] -->", "# Heading #e", "```\n---\n```", "\tx: y", "é: ü",
}

// TestTagsAreAddedToWhatIsRead makes notes of such lines at random. What inject-tags writes, init must read as the same note
// with the tags: the same passages of the same bytes, and no tag lost.
func TestTagsAreAddedToWhatIsRead(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 5))
	p := preparer{markdown: newMarkdown(), count: tokenizer.Estimate, maxTokens: DefaultMaxTokens}
	added := 0
	for range 5000 {
		text := randomNote(random)
		done, err := notes.AddTags([]byte(text), []string{"New-One"})
		if err != nil {
			continue
		}
		before, err := p.prepare("n.md", []byte(text))
		if err != nil {
			continue
		}
		after, err := p.prepare("n.md", done.Text)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, done.Text, err)
		}
		added++
		tags := append(before.put.Note.Tags, "new-one")
		slices.Sort(tags)
		if d := cmp.Diff(tags, after.put.Note.Tags); d != "" {
			t.Errorf("tags of %q, which became %q: %s", text, done.Text, d)
		}
		if d := cmp.Diff(passagesOf(before), passagesOf(after)); d != "" {
			t.Errorf("passages of %q, which became %q: %s", text, done.Text, d)
		}
	}
	if added < 2000 {
		t.Errorf("only %d of 5000 texts could be tagged", added)
	}
}

func randomNote(random *rand.Rand) string {
	eol := []string{"\n", "\n", "\r\n"}[random.IntN(3)]
	var lines []string
	if random.IntN(4) > 0 {
		lines = append(lines, headPieces[random.IntN(2)])
	}
	for range 1 + random.IntN(7) {
		lines = append(lines, headPieces[random.IntN(len(headPieces))])
	}
	text := strings.ReplaceAll(strings.Join(append(lines, "The end."), "\n"), "\n", eol)
	if random.IntN(5) == 0 {
		text = "\uFEFF" + text
	}
	return text
}

// passagesOf leaves out the line of tags, which is meant to change.
func passagesOf(n prepared) []string {
	var texts []string
	for _, c := range n.put.Chunks {
		texts = append(texts, strings.Replace(c.Text, ", New-One -->", " -->", 1))
	}
	return texts
}
