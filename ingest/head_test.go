package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/store"
)

// Links in the values of front matter are edges with their line, however the value is written; its hashes and comments are not.
func TestHeadLinks(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"quoted", "---\nup: \"[[X]]\"\n---\n", []string{"·· UP X"}},
		{"single quotes", "---\nup: '[[It''s|that]]'\n---\n", []string{"·· UP It's"}},
		{"bare", "---\nup: [[X]]\n---\n", []string{"·· UP X"}},
		{"bare, with a place and a text", "---\nup: [[X#Part, one|the x]] # up\n---\n", []string{"·· UP X"}},
		{"bare, in a list", "---\nrelated:\n  - [[X]]\n  - [[Y, Z]]\n---\n", []string{"··· RELATED X", "···· RELATED Y, Z"}},
		{"several, which is no YAML", "---\nrelated: [[X]], [[Y]]\n---\n", []string{"·· RELATED X", "·· RELATED Y"}},
		{"several in brackets", "---\nrelated: [[[X]], [[Y]]]\n---\n", []string{"·· RELATED X", "·· RELATED Y"}},
		{"several quoted", "---\nrelated: [\"[[X]]\",\n  \"[[Y]]\"]\n---\n", []string{"·· RELATED X", "··· RELATED Y"}},
		{"below another key", "---\na:\n  b:\n    - c: see [[X]] there\n---\n", []string{"···· C X"}},
		{"on the lines of a text", "---\nabout: |\n  One.\n\n  See [[X]]\n  and [Y](y.md).\n---\n", []string{"····· CITES X", "······ LINKS_TO y.md"}},
		{"Markdown", "---\nsource: \"[Y](<a b.md> 't')\"\n---\n", []string{"·· SOURCE a b.md"}},
		{"Markdown without quotes", "---\nsource: [Y](y.md)\n---\n", []string{"·· SOURCE y.md"}},
		{"an embed", "---\ncover: '![[x.png]]'\n---\n", []string{"·· EMBEDS x.png"}},
		{"broken YAML", "---\ntitle: a: b\nup:\n\t- \"[[X]]\"\n---\n", []string{"···· UP X"}},
		{"an alias counts once", "---\na: &x \"[[X]]\"\nb: *x\n---\n", []string{"·· A X", "·· B X"}},
		{"an escape", "---\nup: \"[[Caf\\xE9]]\"\n---\n", []string{"·· UP Café"}},
		{"TOML", "+++\nrelated = [\n  \"[[X]]\", # [[no]]\n]\n[a]\nb = '[Y](y.md)'\n+++\n", []string{"··· RELATED X", "······ B y.md"}},
		{"JSON", "{\n\"up\": \"[[X]]\",\n\"a\": [{\"b\": \"[[Y]]\"}]\n}\n", []string{"·· UP X", "··· B Y"}},
		{"properties, once", "up:: [[X]]\n- b\n", []string{"· UP X"}},
		{"no links", "---\nurl: https://a.b/[c]\ncolor: \"#fff\"\n# [[no]]\nlist: [a, [b]]\ncomment: '<!-- tags: x -->'\n---\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := prepareText(t, "n.md", tt.text+"Body.\n", wordCount, 512)
			var got []string
			for _, line := range edgeLines(n.put.Edges) {
				got = append(got, strings.TrimSuffix(strings.TrimSuffix(line, " path"), " path or name"))
			}
			if d := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

// The words of the front matter go before those of the first passage, and the description is what the model reads first; the text
// of the passage, which a snippet is made of, stays.
func TestHeadWords(t *testing.T) {
	const body = "# H\n\nShips.\n\n## I\n\nMore ships.\n"
	for _, tt := range []struct{ name, head, plain, embedded string }{
		{"none", "---\ntitle: T\n---\n", "# H\n\nShips.", "T > H\n\nShips."},
		{"a description", "---\ntitle: T\ndescription: A census\nsummary: of ships\n---\n", "A census\nof ships\n\n# H\n\nShips.", "T > H\n\nA census of ships\n\nShips."},
		{"tags", "---\ntitle: T\ntags: [sea, Deep Sea]\n---\n", "sea\ndeep-sea\n\n# H\n\nShips.", "T > H\n\nShips."},
		{"both, in TOML", "+++\ntitle = 'T'\ntags = ['sea']\ndescription = 'A census'\n+++\n", "A census\nsea\n\n# H\n\nShips.", "T > H\n\nA census\n\nShips."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := prepareText(t, "n.md", tt.head+body, wordCount, 512)
			first := n.put.Chunks[0]
			plain := first.Plain
			if plain == "" {
				plain = first.Text
			}
			got := []string{plain, n.embed[first.Hash], first.Text}
			if d := cmp.Diff([]string{tt.plain, tt.embedded, "# H\n\nShips."}, got); d != "" {
				t.Error(d)
			}
			if second := n.put.Chunks[1]; strings.Contains(second.Plain+n.embed[second.Hash], "census") {
				t.Error("the second passage has the description too")
			}
		})
	}
}

// What else front matter says can be looked for, but for switches, numbers and dates.
func TestOtherHeadWords(t *testing.T) {
	n := prepareText(t, "n.md", "---\ntitle: T\nauthor: Jane Doe\nproject: {name: Apollo, id: 7}\ndraft: true\ndate: March 5, 2024\nrelated:\n  - \"[[X]]\"\n---\nShips, [far](away.md).\n", wordCount, 512)
	got := strings.Fields(n.put.Chunks[0].Hidden)
	if d := cmp.Diff([]string{"away.md", "Jane", "Doe", "Apollo", "[[X]]"}, got); d != "" {
		t.Error(d)
	}
}

// Lines of a program and data are no front matter, whatever they look like.
func TestHeadsOfOtherFiles(t *testing.T) {
	for id, text := range map[string]string{
		"a.jsonl": "{\"title\": \"T\", \"tags\": [\"sea\"]}\n{\"title\": \"U\"}\n", "b.txt": "title:: T\ntags:: sea\n", "c.json": "{\n\"tags\": [\"sea\"],\n}\n",
	} {
		n := prepareText(t, id, text, wordCount, 512)
		if len(n.put.Edges) > 0 || n.put.Note.Title == "T" || n.put.File.State != store.Indexed || n.put.Chunks[0].Text != strings.TrimSpace(text) {
			t.Errorf("%s: %+v", id, n.put)
		}
	}
}

// A long description takes at most a quarter of what the model reads.
func TestLongDescription(t *testing.T) {
	n := prepareText(t, "n.md", "---\ndescription: "+strings.Repeat("word ", 700)+"\n---\nShips.\n", wordCount, 64)
	first := n.put.Chunks[0]
	if words := strings.Fields(n.embed[first.Hash]); len(words) > 64/4+4 || words[len(words)-1] != "Ships." {
		t.Errorf("%d words: %q", len(words), words)
	}
}

func TestDateOf(t *testing.T) {
	for _, tt := range []struct{ id, text, date, from string }{
		{"2024-03-05.md", "x", "2024-03-05", "name"},
		{"2024-03-05.md", "---\ndate: 2020-01-01\n---\nx", "2020-01-01", "front matter"},
		{"2024-03-05.md", "---\nupdated: 2025-01-01\n---\nx", "2024-03-05", "name"},
		{"a.md", "---\nlastmod: 2025/1/1\n---\nx", "2025-01-01", "front matter"},
		{"a.md", "---\npublished: false\n---\nx", "", ""},
		{"a.md", "date:: [[Mar 5th, 2024]]\n\nx", "2024-03-05", "front matter"},
	} {
		n := prepareText(t, tt.id, tt.text, wordCount, 512).put.Note
		if d := cmp.Diff(store.Note{Date: tt.date, DateFrom: tt.from}, store.Note{Date: n.Date, DateFrom: n.DateFrom}); d != "" {
			t.Errorf("%s %q: %s", tt.id, tt.text, d)
		}
	}
}
