package notes

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/assets"
)

// Parts of valid heads, from which generated ones are drawn. The first of each list stands for nothing.
var (
	yamlTags = []string{
		"", "tags: [a]", "tags: [ a , 'b c', \"d\" ] # mine", "tags: [a, # it's ] here\n  b, # last\n  ]", "tags: []", "tags:", "tags: ~", "tags: null # none", "tags: # none",
		"tags:\n  - a\n  - b # last", "tags:\n- a\n- 'b: c'", "tags:\n    - a\n\n    # between\n    - \"b\"", "tags: a", "tags: a, b # mine", "tags: 'a, b'", "tags: a b",
		"tags: &t [a]", "tags: !!seq [a, b]", "\"tags\": [a]", "'tags' :\n  - a", "tags: [a, \"b]\", 'c''d']", "tags: [\n  a,\n  b\n]", "tags:   [a, b]   ", "tags: [c++, node.js, v1.2]",
		"taxonomies:\n  tags: [a]\n  categories: [b]", "taxonomies:\n  tags:\n    - a\n  authors:\n    - b",
	}
	yamlRest = []string{
		"", "title: Plain words", "title: 'it''s # no comment'", "title: \"caf\\xE9 \\u263A \\\"q\\\"\"", "date: 2024-03-05", "date: 2024-03-05T10:00:00Z", "draft: true", "weight: 10",
		"# a comment", "description: >-\n  folded\n  words", "description: |\n  kept\n  lines\n", "aliases:\n  - One\n  - Two words", "params:\n  a: 1\n  b: [x, y]\n  c:\n    d: deep",
		"list:\n  - k: v\n    l: w\n  - k: z", "x: &x y\nz: *x", "名: é", "empty:", "up: \"[[Note]]\"", "long: one\n  two\n  three", "? complex\n: key", "tagss: [no]", "url: https://example.com/a#b",
	}
	tomlTop = []string{
		"", "title = \"T\" # t", "title = 'it is'", "date = 2024-03-05", "weight = 10", "draft = false", "# a comment", "description = \"\"\"\none\ntwo\"\"\"", "\"a key\" = 'x'", "a.b.c = \"d\"", "u = \"caf\\u00e9\"",
		"raw = '''\n[not a table]\n'''", "inline = { x = 'y', z = ['w'] }",
	}
	tomlTags = []string{
		"", "tags = []", "tags = ['a', \"b\"]", "tags = [\n  'a', # ]\n  \"b\", # last\n]", "tags=[\"a\"#x\n]", "Tags = ['a']", "\"tags\" = ['a'] # mine", "tags = \"a, b\" # mine", "tags = ['''a''', \"\"\"b\"\"\"]", "tags = [ # none\n]",
	}
	tomlTables = []string{"", "[params]\nx = 'y'\ntags = ['other']", "[extra]\n\n[extra.deep]\nk = 'v'", "[[list]]\nk = 'v'\n[[list]]\nk = 'w'", "[taxonomies]\ncategories = ['c']", "[taxonomies] # z\ntags = ['z', # ]\n]"}
	jsonTags   = []string{"", `"tags": []`, `"tags": ["a", "b"]`, "\"tags\": [\n    \"a\"\n  ]", `"tags": "a, b"`, `"tags": null`}
	jsonRest   = []string{"", `"title": "T"`, `"title": "caf\u00e9 \ud83c\udf0a"`, `"x": {"tags": ["no"], "y": [1, true, null, {}]}`, `"w": 10`, "\"s\": \"a\\\"],b\""}
)

// A headCase is a head before and after the tag went in.
type headCase struct {
	Format Format `json:"format"`
	Before string `json:"before"`
	After  string `json:"after"`
	Tag    string `json:"tag"`
	note   string
}

// TestOtherParsers holds what heads say, and what edits leave of them, against PyYAML, ruamel.yaml, tomli and Python's json.
func TestOtherParsers(t *testing.T) {
	python := assets.Python(t, "PyYAML==6.0.4", "ruamel.yaml==0.19.1", "tomli==2.5.0")
	cases := generateHeads(t, 3000)
	var in bytes.Buffer
	for _, c := range cases {
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.Command(python, "testdata/heads.py")
	cmd.Stdin, cmd.Stderr = &in, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(bytes.NewReader(out))
	for _, c := range cases {
		var answer struct {
			Said map[string][]string
			Edit string
		}
		if !answers.Scan() {
			t.Fatal("an answer is missing")
		}
		if err := json.Unmarshal(answers.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(answer.Said, textsOf(c.note)); d != "" {
			t.Errorf("%q: %s", c.Before, d)
		}
		if answer.Edit != "" {
			t.Errorf("%q became %q: %s", c.Before, c.After, answer.Edit)
		}
	}
}

// textsOf are the values of a head by their keys, without those that are empty.
func textsOf(note string) map[string][]string {
	h, _ := ReadHead([]byte(note))
	texts := map[string][]string{}
	for _, f := range h.fields {
		for _, v := range f.values {
			if v.Text != "" {
				texts[f.name] = append(texts[f.name], strings.ReplaceAll(v.Text, "\r\n", "\n")) // as tomli does
			}
		}
	}
	return texts
}

// generateHeads draws n heads and adds a tag to each. None is refused but those that ask for it: an alias of the tags, and no
// list in a table of YAML.
func generateHeads(t *testing.T, n int) []headCase {
	t.Helper()
	r := rand.New(rand.NewPCG(20, 29))
	var cases []headCase
	for len(cases) < n {
		note := generateHead(r)
		h, err := ReadHead([]byte(note))
		if err != nil {
			t.Fatalf("%q: %v", note, err)
		}
		tag := []string{"new", "two-words", "c#", "@me", "2024", "yes", "a:b", "R&D", "0x1f"}[r.IntN(9)]
		got, err := AddTags([]byte(note), []string{tag})
		if errors.Is(err, ErrShape) {
			t.Fatalf("%q: %v", note, err)
		}
		after, _ := ReadHead(got.Text)
		c := headCase{after.Format, note[h.from:h.to], string(got.Text[after.from:after.to]), tag, note}
		cases = append(cases, c)
	}
	return cases
}

func generateHead(r *rand.Rand) string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	end := []string{"\n", "\r\n"}[r.IntN(2)]
	var parts []string
	note := ""
	switch r.IntN(4) {
	case 0:
		parts = []string{"+++", pick(tomlTop), pick(tomlTags), pick(tomlTables), "+++"}
		if strings.HasPrefix(parts[3], "[taxonomies] # z") { // the tags stand there
			parts[2] = ""
		}
	case 1:
		parts = []string{"---json\n{", pick(jsonRest), pick(jsonTags), "}\n---"}
		if r.IntN(2) == 0 {
			parts[0], parts[3] = "{", "}"
		}
	default:
		parts = []string{"---", pick(yamlRest), pick(yamlTags), pick(yamlRest), "---"}
		if key, _, _ := strings.Cut(parts[1], ":"); strings.HasPrefix(parts[3], key+":") {
			parts[3] = ""
		}
	}
	for i, part := range parts {
		if part != "" {
			note += part
			if strings.HasPrefix(parts[0], "{") || strings.HasPrefix(parts[0], "---json") {
				if i == 1 && parts[2] != "" {
					note += ","
				}
			}
			note += "\n"
		}
	}
	return strings.ReplaceAll(note+"body\n", "\n", end)
}
