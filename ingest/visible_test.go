package ingest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"amalfa/notes"
	"amalfa/store"
)

func TestVisible(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"headings", "# Tides\n\n## Spring\n\n### Other #\n\nText.", "Other\nText."},
		{"a heading alone", "# Tides\n", "Tides"},
		{"emphasis and links", "One *two* **three** `four` ~~five~~ ==six== [seven](b.md 'T') [[b|eight]] ![nine](i.png)", "One two three four five six seven eight nine"},
		{"lists and tasks", "- [x] one\n- [ ] two\n  1. three\n> four", "one\ntwo\nthree\nfour"},
		{"callouts", "> [!note]- Mind\n> the gap\n\n:::tip[Do]\nthis\n:::\n\n!!! note \"That\"\n    too", "Mind the gap\nDo this\nThat too"},
		{"tables", "| a | [b](c.md) |\n|---|:-:|\n| d \\| e | **f** |", "a · b\nd | e · f"},
		{"rows of a table that began before", "| a | b |\n| c | d |", "a · b\nc · d"},
		{"comments", "a <!-- b --> c %%d%% e\n\n<!-- f\n\ng -->\n\n%%\nh\n\ni\n%%\n\nj", "a c e\nj"},
		{"code", "```go\nx := 1 // # *no* mark\n```\n\n~~~\ny\n~~~", "x := 1 // # *no* mark\ny"},
		{"block ids", "One line ^id-1\n\n^alone\n\n2^10 stays", "One line\n2^10 stays"},
		{"definitions", "See [it][a] and [b].\n\n[a]: x.md\n[b]: y.md 'T'", "See it and b."},
		{"front matter", "---\ntitle: T\n---\n\nText", "Text"},
		{"HTML", "<div>\n<b>One</b><br>two &amp; three\n</div>", "One two & three"},
		{"rules and setext", "Other\n===\n\n---\n\nText\n***\nmore", "Other\nText\nmore"},
		{"within a list", "    - one\n      two\n    - **three**", "one two\nthree"},
		{"footnotes", "claim[^1]\n\n[^1]: source", "claim\nsource"},
		{"math", "$$\nx_i\n$$", "x_i"},
	} {
		c := store.Chunk{Note: "n.md", Text: tt.text, Heading: []string{"Tides", "Spring"}}
		if got := NewReader().Visible(c); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	c := store.Chunk{Note: "n.md", Start: 9, Text: "See [it][a] and [ ] b.", Plain: "See it and [ ] b."}
	if got := NewReader().Visible(c); got != "See it and [ ] b." {
		t.Errorf("a definition elsewhere: %q", got)
	}
	c = store.Chunk{Note: "n.md", Start: 9, Text: "See [it][a], [[b]] and [[c/d|e]].", Plain: "See it, b and e."}
	if got := NewReader().Visible(c); got != "See it, b and e." {
		t.Errorf("wikilinks beside a definition elsewhere: %q", got)
	}
	c = store.Chunk{Note: "n.go", Text: "// Next returns\n// the next one.\n//\n// # Limits\n//\n// None.\nfunc Next() int"}
	if got := NewReader().Visible(c); got != "Next returns the next one.\nLimits\nNone. func Next() int" {
		t.Errorf("code: %q", got)
	}
}

// marksLeft are marks that a reader of a rendered note does not see.
var marksLeft = regexp.MustCompile(`(?m)^#{1,6} |<!--|-->|%%|\|\s*:?-{3,}|\]\(|\[\[|^\s*[-*+] |^>|^` + "```" + `|^\[[ xX]\] |\*\*`)

// TestVisibleOfVaults reads every passage of the notes of testdata and docs, but for code, which shows marks to speak of them.
func TestVisibleOfVaults(t *testing.T) {
	passages := 0
	reader := NewReader()
	for _, root := range []string{"../testdata", "../docs"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !notes.IsMarkdown(path) {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil || strings.ContainsRune(string(src), '`') || strings.Contains(string(src), "\n    ") {
				return err
			}
			for _, c := range prepareText(t, "n.md", string(src), wordCount, 512).put.Chunks {
				c.Note = "n.md"
				passages++
				if seen := reader.Visible(c); marksLeft.MatchString(seen) {
					t.Errorf("%s:%d: %q stands in %q", path, c.FirstLine, marksLeft.FindString(seen), seen)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if passages < 10 {
		t.Errorf("only %d passages", passages)
	}
}
