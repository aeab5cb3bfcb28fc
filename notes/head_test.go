package notes

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is what a head says to its readers.
type said struct {
	Format      Format
	Start, End  int
	Title, Date string
	Tags        []string
	Aliases     []string
}

func (h Head) said() said {
	var tags []string
	for _, tag := range h.Tags() {
		tags = append(tags, tag.Text)
	}
	return said{h.Format, h.Start, h.End, h.Title(), h.Date(), tags, h.Aliases()}
}

func TestReadHead(t *testing.T) {
	tests := []struct {
		name, text string
		want       said
		err        bool
	}{
		{"none", "# A\n", said{}, false},
		{"yaml", "---\ntitle: The  Title\ndate: 2025-03-04\ntags: [a, B]\naliases:\n  - x y\n---\nbody",
			said{Format: YAML, End: 73, Title: "The Title", Date: "2025-03-04", Tags: []string{"a", "b"}, Aliases: []string{"x y"}}, false},
		{"a lone value", "---\ntags: a, b c\nalias: one\n---\n", said{Format: YAML, End: 32, Tags: []string{"a", "b-c"}, Aliases: []string{"one"}}, false},
		{"words", "---\ntags: '#a b'\n---\n", said{Format: YAML, End: 21, Tags: []string{"a", "b"}}, false},
		{"a list of one", "---\ntags: [a b]\n---\n", said{Format: YAML, End: 20, Tags: []string{"a-b"}}, false},
		{"toml", "+++\ntitle = 'T'\ndate = 2025-03-04\ntags = ['a']\n+++\n", said{Format: TOML, End: 51, Title: "T", Date: "2025-03-04", Tags: []string{"a"}}, false},
		{"byte order mark and CRLF", "\uFEFF---\r\ntitle: T\r\n---\r\nx", said{Format: YAML, Start: 3, End: 23, Title: "T"}, false},
		{"closed by dots", "---\ntitle: T\n...\n", said{Format: YAML, End: 17, Title: "T"}, false},
		{"closed by the end", "---\ntitle: T\n---", said{Format: YAML, End: 16, Title: "T"}, false},
		{"an alias of a list", "---\na: &a [x]\ntags: *a\n---\n", said{Format: YAML, End: 27, Tags: []string{"x"}}, false},
		{"any shape", "---\ntitle: {a: b}\ntags: {c: [d]}\ndate: [2025]\n? [complex]\n: key\n---\n", said{Format: YAML, End: 68, Date: "2025-01-01"}, false},
		{"no date", "---\ndate: soon\npublished: false\n---\n", said{Format: YAML, End: 36}, false},
		{"the second date", "---\ndate: TBD\ncreated: 2025-03-04T10:00:00Z\n---\n", said{Format: YAML, End: 48, Date: "2025-03-04T10:00:00Z"}, false},
		{"broken", "---\ntitle: 'x\n---\n", said{Format: YAML, End: 18, Title: "x"}, true},
		{"a colon in a title", "---\ntitle: Tides: a survey\ntags: [sea, \"moon\"]\n nested: no\n---\n",
			said{Format: YAML, End: 63, Title: "Tides: a survey", Tags: []string{"sea", "moon"}}, true},
		{"broken below a comment", "---\n# mine\n\ntitle: A: b\n---\n", said{Format: YAML, End: 28, Title: "A: b"}, true},
		{"broken toml", "+++\ntitle = 'x\ndate = 2025-03-04\n+++\n", said{Format: TOML, End: 37, Title: "x", Date: "2025-03-04"}, true},
		{"a broken table", "+++\n[params] # mine\nx = \n+++\n", said{Format: TOML, End: 29}, true},
		{"not UTF-8", "---\ntitle: caf\x1a\n---\n", said{Format: YAML, End: 20, Title: "caf\uFFFD"}, true},
		{"text between rules", "---\n\nNot front matter.\n\n---\n", said{}, false},
		{"text with a colon", "---\nA line of prose.\nNote: this is prose too.\n---\n", said{}, false},
		{"an address", "---\nhttps://example.com: a: b\n---\n", said{}, false},
		{"Markdown between rules", "---\n*One* and `two`\n---\n", said{}, false},
		{"a list between rules", "---\n- a\n- b\n---\n", said{}, false},
		{"text between pluses", "+++\nText, not TOML.\n+++\n", said{}, false},
		{"stars", "***\ntitle: x\n***\n", said{}, false},
		{"empty", "---\n---\n", said{Format: YAML, End: 8}, false},
		{"below blank lines", "\n \t\n---\ntitle: T\n---\nx", said{Format: YAML, Start: 4, End: 21, Title: "T"}, false},
		{"rules below a blank line", "\n---\nProse: \n it is.\n\nNo\n---\n", said{}, false},
		{"a rule below a blank line", "\n---\n\nA text.\n\n---\n", said{}, false},
		{"never closed", "---\ntitle: x\n", said{}, true},
		{"a rule", "---\n\ntext\n", said{}, false},
		{"a rule above an address", "---\nhttps://example.com\n", said{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadHead([]byte(tt.text))
			if (err != nil) != tt.err {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(tt.want, got.said()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Heads and texts that are made to cost much are read in linear time: each of these takes a moment, and a square of it minutes.
func TestHostileHeads(t *testing.T) {
	for name, part := range map[string]string{
		"brackets": "[", "wikilinks": "[[a", "quotes": "\"'", "dashes": "- ", "colons": "a: ", "keys": "tags: a\n", "null keys": "tags:\n", "commas": "a,", "hashes": "#a ", "properties": "a:: b\n",
		"fields": "[tags::", "lines of fields": "tags:: a\n", "fences": "```\n", "braces": "{\"a\":", "anchors": "&a *a ", "folded": "a: >\n b\n", "stars": "*::", "nested": " -", "comments": "<!-- tags: ", "dates": "date: 1\n",
	} {
		for _, around := range [][2]string{{"---\n", "\n---\n"}, {"---\nx: a: b\ntags: [", "\n---\n"}, {"+++\n", "\n+++\n"}, {"---\na: b\n---\n", ""}, {"{\"a\": ", "\n}\n"}, {";;;\n", "\n;;;\n"}, {"", ""}} {
			size := maxHead * 9 / 10
			if around[1] == "" {
				size = 1 << 20
			}
			note := []byte(around[0] + strings.Repeat(part, size/len(part)) + around[1])
			h, _ := ReadHead(note)
			h = h.ReadInline(note)
			if n := len(h.Tags()) + len(h.Aliases()); n > 2*maxNames || len(h.Problems(note)) > maxProblems {
				t.Errorf("%s: %d names", name, n)
			}
			if _, err := AddTags(note, []string{"x"}); err != nil && !errors.Is(err, ErrShape) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func FuzzReadHead(f *testing.F) {
	for _, s := range []string{"---\na: b\n---\n", "+++\na = 1\n+++\n", "---\ntags: &a [*a]\n---", "---\n? {a: [}\n---\n", "\uFEFF---\r\n---", "+++\n[[a]]\nb=2025-01-01T00:00:00Z\n+++",
		"---\ntitle: a: b\ntags:\n\t- x\n\t- \"y\n c: [d,\n e]\n---\n", "---\ntags: #a\nup: [[X]]\nx: |\n y\n---\n", "{\n\"a\": [1, {\"b\": null}]\n}\n", "{\n\"a\": [1,\n}\n", ";;;\n\"a\": 1\n;;;\n", "---toml\na.b = {c = 'd'}\n---\n",
		"title:: a\ntags:: [[b c]], #d\n- e\n", "# a\n- [x] (tags:: b) [alias:: [[c]]]\ndate:: 1\n", "---\n<<: &a {b: *a}\n---\n", "---\ntags: - a - b\n - c\n---\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, _ := ReadHead(data)
		h = h.ReadInline(data)
		all := h.Tags()
		for _, v := range h.Values() {
			all = append(all, v.Value)
			if kind, ok := RelationOf(v.Key); ok && (kind == "" || len(kind) > maxRelation) {
				t.Fatalf("%q is the relation %q", v.Key, kind)
			}
		}
		for _, v := range all {
			if v.At < h.Start || v.At > len(data) {
				t.Fatalf("%q stands at %d of %q", v.Text, v.At, data)
			}
		}
		h.Problems(data)
		if h.Start < 0 || h.Start > h.End || h.End > len(data) || len(h.Tags()) > maxNames || len(h.Title()) > MaxTitle {
			t.Fatalf("%+v", h)
		}
	})
}
