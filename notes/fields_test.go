package notes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What people write between the fences, whether or not it is the language that they mean. Each head is one as it stands in public
// notes, with the tags that its writer sees in it.
func TestTagsAsPeopleWriteThem(t *testing.T) {
	for _, tt := range []struct{ name, head, want string }{
		{"a list of one", "tags: [machine learning]", "machine-learning"},
		{"quoted", "tags: ['machine learning']", "machine-learning"},
		{"double quotes", "tags: [\"machine learning\"]", "machine-learning"},
		{"a block of one", "tags:\n  - machine learning", "machine-learning"},
		{"a block without indentation", "tags:\n- machine learning", "machine-learning"},
		{"a lone value is split at spaces", "tags: machine learning", "machine learning"},
		{"or at commas", "tags: machine learning, sea", "machine-learning sea"},
		{"keywords are split at commas only", "keywords: machine learning", "machine-learning"},
		{"a category", "category: Release Notes", "release-notes"},
		{"categories", "categories: [Release Notes, Ops]\ntags: [x]", "release-notes ops x"},
		{"programmers' tags", "tags: [c++, 'c#', node.js, v1.2, R&D, C/C++, .net, foo:bar, 2024]", "c++ c# node.js v1.2 r&d c/c++ .net foo:bar 2024"},
		{"people and signs", "tags:\n  - \"@me\"\n  - 🌊\n  - don't\n  - to-do!\n  - 50%", "@me 🌊 don't to-do! 50%"},
		{"a colon in the title", "title: Tides: a survey\ntags:\n  - sea\n  - moon", "sea moon"},
		{"an indented block below a colon", "title: Tides: a survey\ntags:\n    - sea\n    # and\n    - moon # last", "sea moon"},
		{"tabs", "title: T\ntags:\n\t- sea\n\t- moon", "sea moon"},
		{"tabs before values", "title: T\ntags:\t[sea]\n\tnested: x", "sea"},
		{"two of one key", "tags: [sea]\ntags: [moon]", "sea moon"},
		{"two keys", "tag: sea\ntags: [moon]", "sea moon"},
		{"stray quotes", "tags:\n- '[\"svelte\"'\n- '\"svelte5\"'\n- '\"kit\"]'", "svelte svelte5 kit"},
		{"an open bracket", "tags: [sea, moon\ntitle: T", "sea moon"},
		{"an open bracket over lines", "tags: [sea,\n  moon,\ntitle: T", "sea moon"},
		{"an open quote", "tags: [\"sea, moon]\ntitle: T", "sea moon"},
		{"a quote that nothing opens", "title: \"a\" b\ntags: [sea]", "sea"},
		{"no space behind the colon", "title:T\ntags:[sea, moon]", "sea moon"},
		{"no space in one line", "tags:sea", "sea"},
		{"an at sign", "author: @me\ntags: [sea]", "sea"},
		{"a percent sign", "x: %y\ntags:\n  - sea", "sea"},
		{"a backtick", "title: `x` y\ntags: [sea, moon] # mine", "sea moon"},
		{"a star", "title: *x* y\ntags: sea", "sea"},
		{"hashes", "tags: #sea #moon", "sea moon"},
		{"a list of hashes", "tags: [#sea, #moon]", "sea moon"},
		{"a block of hashes", "tags:\n  - #sea\n  - #moon\ntitle: T", "sea moon"},
		{"hashes in quotes", "tags: ['#sea', \"#moon\"]", "sea moon"},
		{"a block on one line", "tags: - sea - moon", "sea moon"},
		{"CRLF and a colon", "title: a: b\r\ntags:\r\n  - sea\r\n", "sea"},
		{"blanks that do not break", "tags:\u00a0[sea]\ntitle:\u00a0T", "sea"},
		{"blanks that do not break before dashes", "tags:\n\u00a0\u00a0- sea\n\u00a0\u00a0- moon", "sea moon"},
		{"curly quotes", "tags: [“sea”, ‘moon’]", "sea moon"},
		{"long dashes", "title: a: b\ntags:\n – sea\n — moon", "sea moon"},
		{"a dash without a space", "tags:\n  - sea\n  -moon", "sea moon"},
		{"dashes without spaces", "title: a: b\ntags:\n-sea\n-\"moon\"", "sea moon"},
		{"an anchor", "x: &t [sea]\ntags: *t", "sea"},
		{"an anchor on the list", "tags: &t\n  - sea\ny: *t", "sea"},
		{"a tag of YAML", "tags: !!seq [!!str sea]", "sea"},
		{"a set", "tags: !!set {sea, moon}", "sea moon"},
		{"a merge key", "base: &b {tags: [sea]}\n<<: *b", "sea"},
		{"lists in a list", "tags: [[sea], [moon]]", "sea moon"},
		{"a wikilink", "tags: [[deep sea]]", "deep-sea"},
		{"wikilinks", "tags: \"[[deep sea]], [[moon]]\"", "deep-sea moon"},
		{"a comma in an item", "tags: ['sea, moon']", "sea moon"},
		{"nothing", "tags:\nx: y", ""}, {"null", "tags: null", ""}, {"a tilde", "tags: ~", ""}, {"an empty list", "tags: []", ""}, {"an empty text", "tags: ''", ""},
		{"a comment", "tags: # none yet\nx: y", ""},
		{"capitals", "Tags: [Sea]\nTAG: Moon", "sea moon"},
		{"nested", "tags: [sea/deep, Sea/Coast]", "sea/deep sea/coast"},
		{"braces", "{title: T, tags: [sea]}", "sea"},
		{"a title of JSON", "{\"title\": \"T\", \"tags\": [\"sea\"]}", "sea"},
		{"zola in YAML", "taxonomies:\n  tags: [sea]\n  categories:\n    - moon", "sea moon"},
		{"zola in broken YAML", "title: a: b\ntaxonomies:\n  tags: [sea]\n  categories:\n    - moon", "sea moon"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := ReadHead([]byte("---\n" + tt.head + "\n---\nb\n"))
			if d := cmp.Diff(strings.Fields(tt.want), h.said().Tags, cmpopts.EquateEmpty()); d != "" || h.Format != YAML {
				t.Errorf("%q %s", h.Format, d)
			}
		})
	}
}

func TestTagsInOtherLanguages(t *testing.T) {
	for _, tt := range []struct{ name, note, want string }{
		{"zola", "+++\ntitle = 'Z'\n[taxonomies]\ntags = ['sea', 'deep sea'] # c\ncategories = ['moon']\n[extra]\ntags = ['no']\n+++\n", "sea deep-sea moon"},
		{"zola, dotted", "+++\ntaxonomies.tags = ['sea']\n+++\n", "sea"},
		{"zola, inline", "+++\ntaxonomies = {tags = ['sea']}\n+++\n", "sea"},
		{"hugo", "+++\nTags = [\n  'sea', # c\n  \"moon\",\n]\nkeywords = 'a b, c'\n+++\n", "sea moon a-b c"},
		{"broken", "+++\ntitle = Tides\ntags = ['sea',\n  \"moon\"]\n+++\n", "sea moon"},
		{"two of one key", "+++\ntags = ['sea']\ntags = ['moon']\n+++\n", "sea moon"},
		{"broken zola", "+++\ntitle = Tides\n[taxonomies]\ntags = ['sea']\n+++\n", "sea"},
		{"between dashes", "---toml\ntags = ['sea']\n---\n", "sea"},
		{"json", "{\n\t\"title\": \"T\",\n\t\"tags\": [\"sea\", \"\\ud83c\\udf0a\"]\n}\n\nb\n", "sea 🌊"},
		{"json between dashes", "---json\n{\"tags\": \"sea, moon\"}\n---\n", "sea moon"},
		{"json between semicolons", ";;;\n{\"tags\": [\"sea\"]}\n;;;\n", "sea"},
		{"members between semicolons", ";;;\n\"title\": \"T\",\n\"tags\": [\"sea\"]\n;;;\n", "sea"},
		{"broken json", "{\n  \"title\": \"T\",\n  \"tags\": [\"sea\", \"moon\"],\n}\nb\n", "sea moon"},
		{"json over lines, broken", "{\n  \"title\": \"T\"\n  \"tags\": [\n    \"sea\",\n    \"moon\"\n  ]\n}\nb\n", "sea moon"},
		{"yaml by name", "---yaml\ntags: [sea]\n---\n", "sea"},
		{"logseq", "title:: LS\ntags:: logseq, two words\nalias:: other\n\n- body #[[multi word]]\n", "logseq two-words"},
		{"logseq's links", "tags:: [[a b]], #c, [[d]]\n", "a-b c d"},
		{"logseq's links without commas", "tags:: [[a b]] #c #[[d e]]\n", "a-b c d-e"},
		{"logseq's hashes", "tags:: #a #b\n", "a b"},
		{"logseq's first block", "- title:: LS\n  tags:: sea\n- body\n", "sea"},
		{"logseq, one tag of two words", "tags:: two words\n", "two-words"},
		{"logseq below a mark, CRLF", "\ufeff\r\ntitle:: LS\r\ntags:: sea\r\n\r\nb", "sea"},
		{"dataview", "# T\n\ntags:: sea, moon\n", "sea moon"},
		{"dataview in a line", "# T\n\nWord [tags:: sea] and (tag:: moon).\n", "sea moon"},
		{"dataview in a list", "# T\n\n- **Tags**:: #sea #moon\n", "sea moon"},
		{"dataview in code", "```\ntags:: sea\n```\n", ""},
		{"a program", "std::tags::x\n", ""},
		{"a template", "{{< x >}}\n", ""}, {"a component", "{/* x */}\n", ""}, {"liquid", "{% x %}\n", ""}, {"a set of prose", "{a, b}\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := ReadHead([]byte(tt.note))
			if d := cmp.Diff(strings.Fields(tt.want), h.ReadInline([]byte(tt.note)).said().Tags, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestHeadSays(t *testing.T) {
	for _, tt := range []struct{ name, note, title, aliases, date, description string }{
		{"page properties", "title:: LS\nalias:: a b, [[c]]\ndate:: [[2024-03-05]]\ndescription:: x\n", "LS", "a b|c", "2024-03-05", ""},
		{"aliases of a lone value", "---\naliases: One, Two words\n---\n", "", "One|Two words", "", ""},
		{"aliases of a list", "---\naliases:\n  - Smith, John\n  - \"[[Jo]]\"\n---\n", "", "Smith, John|Jo", "", ""},
		{"of two titles the last", "---\ntitle: A\ntitle: B\n---\n", "B", "", "", ""},
		{"a folded description", "---\ndescription: >\n  One\n  two.\nsummary: Three.\n---\n", "", "", "", "One two.\nThree."},
		{"a folded description in broken YAML", "---\ntitle: a: b\ndescription: >-\n  One\n  two: three.\nsummary: \"Three\"\n---\n", "a: b", "", "", "One two: three.\nThree"},
		{"a long line in broken YAML", "---\ntitle: a: b\ndescription: One\n  two\naliases:\n  - x\n---\n", "a: b", "x", "", "One two"},
		{"an escape", "---\ntitle: \"caf\\xE9\"\n---\n", "café", "", "", ""},
		{"keys of dates", "---\nDate Created: 2024-03-05\nupdated: 2025-01-01\n---\n", "", "", "2024-03-05", ""},
		{"camels", "---\ncreatedAt: 2024/3/5\n---\n", "", "", "2024-03-05", ""},
		{"seconds", "---\nid: x\ncreated: 1709600000000\n---\n", "", "", "2024-03-05", ""},
		{"TOML", "+++\ndate = 2024-03-05T10:00:00+01:00\ndescription = \"\"\"\nOne\ntwo\"\"\"\n+++\n", "", "", "2024-03-05T10:00:00+01:00", "One two"},
		{"a task's date", "# T\n\n- [ ] x [created:: 2024-03-05]\n- date:: 2024-03-05\n", "", "", "", ""},
		{"dataview's date", "# T\n\n**Date**:: 2024-03-05\naliases:: Tee\n", "", "Tee", "2024-03-05", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := ReadHead([]byte(tt.note))
			h = h.ReadInline([]byte(tt.note))
			got := []string{h.Title(), strings.Join(h.Aliases(), "|"), h.Date(), h.Description()}
			if d := cmp.Diff([]string{tt.title, tt.aliases, tt.date, tt.description}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// What the front matter says and nobody can use is told, with its line.
func TestProblems(t *testing.T) {
	for _, tt := range []struct{ name, note, want string }{
		{"sound", "---\ntags: [a, B]\ndate: TBD\n---\n", ""},
		{"no tags", "---\ntags: [a, ++, 'x|y']\n---\n", "line 2: \"++\" is no tag|line 2: \"x|y\" is no tag"},
		{"a long tag", "---\ntags:\n  - " + strings.Repeat("a", MaxTag+1) + "\n---\n", "line 3: \"" + strings.Repeat("a", 40) + "\" is no tag"},
		{"a key that stands twice", "---\ntags: [a]\nx: 1\ntags: [b]\n---\n", "line 4: the key \"tags\" stands on line 2 too"},
		{"a map of tags", "---\ntags:\n  sea: 1\n---\n", "line 3: \"sea\" is a key below the tags"},
		{"a day that may be two", "---\ndate: 03/05/2024\n---\n", "line 2: \"03/05/2024\" may be two days"},
		{"a day that is one", "---\ndate: 25/03/2024\n---\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := ReadHead([]byte(tt.note))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(h.Problems([]byte(tt.note)), "|")
			for want := range strings.SplitSeq(tt.want, "|line") {
				if !strings.Contains(got, strings.TrimPrefix(want, "line")) || tt.want == "" && got != "" {
					t.Errorf("%q lacks %q", got, want)
				}
			}
		})
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for note, want := range map[string]string{
		"---\ntitle: a\nx: b: c\n---\n":              "front matter: line 3: ",
		"\ufeff---\r\n\r\ntags:\r\n\t- a\r\n---\r\n": "front matter: line 4: ",
		"+++\na = 1\nb = x\n+++\n":                   "front matter: line 3: ",
		"+++\na = 1\n\na = 2\n+++\n":                 "front matter: line 4: ",
		"{\n\"a\": 1\n\"b\": 2\n}\n":                 "front matter: line 3: ",
		";;;\n\"a\": 1\n\"b\": 2\n;;;\n":             "front matter: line 3: ",
		"---\ntags:sea\n---\n":                       "front matter: line 2: no space",
		"---\ntitle: x\n\ntext\n":                    "front matter: no closing ---",
	} {
		if _, err := ReadHead([]byte(note)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", note, err, want)
		}
	}
}

// The line of a tag is the evidence of its edge.
func TestTagsKnowTheirLine(t *testing.T) {
	for name, note := range map[string]string{
		"block":      "---\ntitle: sea\ndescription: the sea\ntags:\n  - moon\n  - Sea # HERE\n---\n",
		"flow":       "---\ntitle: sea\ntags: [moon, sea] # HERE\n---\n",
		"over lines": "---\nsea: 1\ntags: [moon,\n  sea, 名] # HERE\n---\n",
		"scalar":     "---\nsea: 1\ntags: moon, sea # HERE\n---\n",
		"toml":       "+++\ntitle = 'sea'\ntags = [\n 'moon',\n 'sea', # HERE\n]\n+++\n",
		"json":       "{\n\"sea\": 1,\n\"tags\": [\"moon\",\n\"sea\" , \"HERE\"]\n}\n",
		"lines":      "---\ntitle: sea: a\ntags:\n  - moon\n  - sea # HERE\n---\n",
		"properties": "title:: sea\ntags:: moon, sea, HERE\n",
	} {
		h, _ := ReadHead([]byte(note))
		tags := h.Tags()
		if len(tags) < 2 || tags[1].Text != "sea" {
			t.Errorf("%s: %v", name, tags)
			continue
		}
		if got, want := lineOf([]byte(note), tags[1].At), lineOf([]byte(note), strings.Index(note, "HERE")); got != want {
			t.Errorf("%s: line %d, want %d", name, got, want)
		}
	}
}
