package notes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v4"
)

func TestAddTags(t *testing.T) {
	for _, tc := range []struct{ name, before, tags, after string }{
		{"no head", "# A\n", "x,#y z", "---\ntags: [x, y-z]\n---\n\n# A\n"},
		{"no head, CRLF and BOM", "\ufeff# A\r\nb", "x", "\ufeff---\r\ntags: [x]\r\n---\r\n\r\n# A\r\nb"},
		{"empty", "", "x", "---\ntags: [x]\n---\n"},
		{"flow", "---\na: 1\ntags: [b, 'c, d'] # mine\nz: é\n---\nx\xff\x00y", "e", "---\na: 1\ntags: [b, 'c, d', e] # mine\nz: é\n---\nx\xff\x00y"},
		{"flow after a wide key", "---\n名: é\ntags:   [ b ]\n---\n", "e", "---\n名: é\ntags:   [ b, e ]\n---\n"},
		{"flow, empty", "---\ntags: []\n---\n", "e,f", "---\ntags: [e, f]\n---\n"},
		{"flow over lines, trailing comma", "---\ntags: [\n  a,\n  b,\n]\n---\n", "e", "---\ntags: [\n  a,\n  b, e\n]\n---\n"},
		{"block", "---\ntags:\n  - a\n  - b # last\ntitle: T\n---\nbody\n", "c,d", "---\ntags:\n  - a\n  - b # last\n  - c\n  - d\ntitle: T\n---\nbody\n"},
		{"block without indent, CRLF", "---\r\ntags:\r\n- a\r\n---\r\nb\r\n", "c", "---\r\ntags:\r\n- a\r\n- c\r\n---\r\nb\r\n"},
		{"one word", "---\ntags: a\n---\n", "c", "---\ntags: [a, c]\n---\n"},
		{"words", "---\ntags: a, b\nx: y\n---\n", "c", "---\ntags: [a, b, c]\nx: y\n---\n"},
		{"words with spaces", "---\ntags: '#a, b c'\n---\n", "c", "---\ntags: [a, b c, c]\n---\n"},
		{"nothing", "---\ntags:\nx: y\n---\n", "c", "---\ntags: [c]\nx: y\n---\n"},
		{"null", "---\ntags: ~\nx: y\n---\n", "c", "---\ntags: [c]\nx: y\n---\n"},
		{"head without tags", "---\ntitle: T\n...\nbody", "c", "---\ntitle: T\ntags: [c]\n...\nbody"},
		{"empty head", "---\n---\nbody", "c", "---\ntags: [c]\n---\nbody"},
		{"there already", "---\ntags: [A]\n---\n", "a", "---\ntags: [A]\n---\n"},
		{"words that YAML reads otherwise", "# A\n", "true,null,1e5", "---\ntags: [\"true\", \"null\", \"1e5\"]\n---\n\n# A\n"},
		{"comment", "# A\n\n<!-- tags: a, [CITES: b] -->\ntext\n", "c", "# A\n\n<!-- tags: a, [CITES: b], c -->\ntext\n"},
		{"comment, empty", "<!-- tags: -->\n", "c", "<!-- tags: c -->\n"},
		{"comment in code", "```\n<!-- tags: a -->\n```\n<!-- tags: b -->\n", "c", "```\n<!-- tags: a -->\n```\n<!-- tags: b, c -->\n"},
		{"a head without tags and a comment", "---\nx: y\n---\n<!-- tags: b -->\n", "c", "---\nx: y\n---\n<!-- tags: b, c -->\n"},
		{"both", "---\ntags: [a]\n---\n<!-- tags: b -->\n", "b,c", "---\ntags: [a, c]\n---\n<!-- tags: b -->\n"},
		{"a rule first", "---\nplain text\n", "c", "---\ntags: [c]\n---\n\n---\nplain text\n"},
		{"a comment behind a lone value", "---\ntags: a # mine\nb: 'x'\n---\n", "c", "---\ntags: [a, c] # mine\nb: 'x'\n---\n"},
		{"a comment behind a quoted value", "---\ntags: 'it''s # b'\t# mine\n---\n", "c", "---\ntags: [it's, b, c]\t# mine\n---\n"},
		{"comments in a list", "---\ntags: [a, # it's ] here\n  b # last\n  ]\n---\n", "c", "---\ntags: [a, # it's ] here\n  b, c # last\n  ]\n---\n"},
		{"other spellings", "---\ntags: [Machine Learning, '#Sea']\n---\n", "machine-learning,SEA,new", "---\ntags: [Machine Learning, '#Sea', new]\n---\n"},
		{"another key", "---\nkeywords: [sea]\n---\n", "sea,new", "---\nkeywords: [sea]\ntags: [new]\n---\n"},
		{"toml", "+++\ntitle = 'T' # t\ntags = ['a', \"b\"]\n[x]\ny = 1\n+++\nbody", "c", "+++\ntitle = 'T' # t\ntags = ['a', \"b\", \"c\"]\n[x]\ny = 1\n+++\nbody"},
		{"toml without tags", "+++\r\ntitle = 'T'\r\n[x]\r\ny = 1\r\n+++\r\n", "c,true", "+++\r\ntags = [\"c\", \"true\"]\r\ntitle = 'T'\r\n[x]\r\ny = 1\r\n+++\r\n"},
		{"toml over lines", "+++\nTags = [\n  'a', # ]\n]\n+++\n", "c", "+++\nTags = [\n  'a', \"c\" # ]\n]\n+++\n"},
		{"toml, one word", "+++\ntags = 'a, b' # mine\n+++\n", "c", "+++\ntags = [\"a\", \"b\", \"c\"] # mine\n+++\n"},
		{"text between rules", "---\n\nSome text.\nMore: text.\n\n---\nrest", "c", "---\ntags: [c]\n---\n\n---\n\nSome text.\nMore: text.\n\n---\nrest"},
		{"two spellings of the key", "---\ntags: [a]\nTags: [b]\n---\n", "c", "---\ntags: [a]\nTags: [b, c]\n---\n"},
		{"a list between rules", "---\n- a\n---\n", "c", "---\ntags: [c]\n---\n\n---\n- a\n---\n"},
		{"text between pluses", "+++\nText.\n+++\n", "c", "---\ntags: [c]\n---\n\n+++\nText.\n+++\n"},
		{"braces of YAML", "---\n{tags: [a], x: y}\n---\n", "b", "---\n{tags: [a, b], x: y}\n---\n"},
		{"json", "{\n  \"title\": \"T\",\n  \"tags\": [\"a\", \"b\"]\n}\nbody", "c", "{\n  \"title\": \"T\",\n  \"tags\": [\"a\", \"b\", \"c\"]\n}\nbody"},
		{"json without tags", "{\n  \"title\": \"T\"\n}\nbody", "c,true", "{\n  \"tags\": [\"c\", \"true\"],\n  \"title\": \"T\"\n}\nbody"},
		{"json on one line", "{\"title\": \"T\"}\nbody", "c", "{\"tags\": [\"c\"],\"title\": \"T\"}\nbody"},
		{"json, one word", "{\"tags\": \"a, b\", \"x\": 1}\n", "c", "{\"tags\": [\"a\", \"b\", \"c\"], \"x\": 1}\n"},
		{"json, null", "---json\n{\"tags\": null, \"x\": [1, {}]}\n---\n", "c", "---json\n{\"tags\": [\"c\"], \"x\": [1, {}]}\n---\n"},
		{"json between semicolons", "\"title\": \"T\"\n", "c", "---\ntags: [c]\n---\n\n\"title\": \"T\"\n"},
		{"members between semicolons", ";;;\n\"title\": \"T\"\n;;;\n", "c", ";;;\n\"tags\": [\"c\"],\n\"title\": \"T\"\n;;;\n"},
		{"zola", "+++\ntitle = \"Z\"\n[taxonomies]\ntags = [\"a\"] # mine\n[extra]\nx = 1\n+++\n", "c", "+++\ntitle = \"Z\"\n[taxonomies]\ntags = [\"a\", \"c\"] # mine\n[extra]\nx = 1\n+++\n"},
		{"zola without tags", "+++\ntitle = \"Z\"\n[taxonomies]\ncategories = [\"a\"]\n+++\n", "c", "+++\ntitle = \"Z\"\n[taxonomies]\ntags = [\"c\"]\ncategories = [\"a\"]\n+++\n"},
		{"zola in YAML", "---\ntaxonomies:\n  tags:\n    - a\n  categories: [b]\n---\n", "c", "---\ntaxonomies:\n  tags:\n    - a\n    - c\n  categories: [b]\n---\n"},
		{"toml, a comment without a space", "+++\ntags = [\"a\"# it's\n, \"b\"#]\n]\n+++\n", "c", "+++\ntags = [\"a\"# it's\n, \"b\", \"c\"#]\n]\n+++\n"},
		{"toml between dashes", "---toml\ntags = ['a']\n---\n", "c", "---toml\ntags = ['a', \"c\"]\n---\n"},
		{"an anchor that nothing names", "---\ntags: &t [a]\n---\n", "c", "---\ntags: &t [a, c]\n---\n"},
		{"an empty list with a comment", "---\ntags: # mine\nx: y\n---\n", "c", "---\ntags: [c] # mine\nx: y\n---\n"},
		{"page properties", "title:: LS\ntags:: a, two words\n\n- body\n", "c", "title:: LS\ntags:: a, two words, c\n\n- body\n"},
		{"page properties, links", "tags:: [[a b]], #d\r\n- body\r\n", "c,e", "tags:: [[a b]], #d, c, e\r\n- body\r\n"},
		{"page properties, hashes", "tags:: #a #b\n", "c,d", "tags:: #a #b #c #d\n"},
		{"page properties without tags", "- title:: LS\n  icon:: x\n- body\n", "c", "- title:: LS\n  icon:: x\n  tags:: c\n- body\n"},
		{"page properties in a dash", "- title:: LS\n- body\n", "c", "- title:: LS\n  tags:: c\n- body\n"},
		{"page properties, no value", "tags::\nbody", "c", "tags:: c\nbody"},
		{"page properties at the end", "title:: LS", "c", "title:: LS\ntags:: c"},
		{"an inline field has it", "# A\n\ntags:: a, c\n", "c", "# A\n\ntags:: a, c\n"},
		{"words of programmers", "---\ntags: [c++, 'c#']\n---\n", "C++,.net,@me,a:b,42,R&D", "---\ntags: [c++, 'c#', .net, \"@me\", a:b, \"42\", R&D]\n---\n"},
		{"a comment of the earlier kind", "<!-- tags: [TAG: a], b -->\n", "a,c", "<!-- tags: [TAG: a], b, c -->\n"},
		{"line ends of old Macs", "---\rtitle: T\rtags:\r  - a\r---\rx\r", "c", "---\rtitle: T\rtags:\r  - a\r  - c\r---\rx\r"},
		{"line ends of old Macs, no head", "x\ry", "c", "---\rtags: [c]\r---\r\rx\ry"},
		{"not UTF-8", "---\ntags: [a]\n---\n\xff\r\x00", "c", "---\ntags: [a, c]\n---\n\xff\r\x00"},
		{"line ends of other scripts", "---\ntitle: \"a\u2028 b\u0085 c\"\ntags: [a]\n---\nx", "c", "---\ntitle: \"a\u2028 b\u0085 c\"\ntags: [a, c]\n---\nx"},
		{"a last item of two lines", "---\ntags:\n  - a\n  - >-\n    b\n    c\n\n# d\nx: y\n---\n", "e", "---\ntags:\n  - a\n  - >-\n    b\n    c\n  - e\n\n# d\nx: y\n---\n"},
		{"below blank lines", "\n\n---\ntags: [a]\n---\nx", "c", "\n\n---\ntags: [a, c]\n---\nx"},
		{"other scripts", "x", "潮,कर", "---\ntags: [潮, कर]\n---\n\nx"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := AddTags([]byte(tc.before), strings.Split(tc.tags, ","))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.after, string(got.Text)); d != "" {
				t.Error(d)
			}
			again, err := AddTags(got.Text, strings.Split(tc.tags, ","))
			if err != nil || len(again.Added) != 0 || !bytes.Equal(again.Text, got.Text) {
				t.Errorf("a second time: %+v, %v", again, err)
			}
		})
	}
}

func TestAddTagsRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ note, tag string }{
		"a bad tag":       {"x", "a,b"},
		"a bracket":       {"x", "a]b"},
		"empty":           {"x", " "},
		"open head":       {"---\ntitle: x\n\ntext\n", "a"},
		"broken head":     {"---\na: [\n---\n", "a"},
		"two keys":        {"---\ntags: [a]\ntags: [b]\n---\n", "c"},
		"broken toml":     {"+++\ntags = [\n+++\n", "c"},
		"a toml table":    {"+++\n[tags]\na = 1\n+++\n", "c"},
		"lists in a list": {"---\ntags: [[a]]\n---\n", "c"},
		"an anchor":       {"---\ntags: &t a\nx: *t\n---\n", "c"},
		"words on lines":  {"---\ntags: a\n  b\n---\n", "c"},
		"a bomb":          {bomb(), "c"},
		"a map of tags":   {"---\ntags: {a: b}\n---\n", "a"},
		"an alias":        {"---\nx: &t [a]\ntags: *t\n---\n", "b"},
		"a block of text": {"---\ntags: |\n  a\n---\n", "b"},
		"a map in braces": {"---\n{title: a}\n---\n", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := AddTags([]byte(tc.note), []string{tc.tag}); err == nil {
				t.Errorf("made %q", got.Text)
			}
		})
	}
}

// FuzzAddTags holds what AddTags makes against the libraries of the two formats: the head says the same and the tags too, and
// no byte outside of the one change is another.
func FuzzAddTags(f *testing.F) {
	for _, s := range []string{
		"---\ntags: [a, 'b]']\n---\nx", "---\r\ntags:\r\n- a\r\n---\r\n", "<!-- tags: a -->", "---\nx: y\n---\n<!-- tags: a -->\n", "---\ntags: a, b # c\n---\n",
		"+++\ntags = ['a', # ]\n]\n[b]\n+++\n", "+++\nx = 1\n+++\n", "---\nprose: and\nprose\n---\n", "\ufeff---\n- a\n---\n", "---\ntags: \"a\\\"\" # b\n---\n",
		"---\nkey: |\n  text\nTags:\n  - a\n---\nx", "---\n? tags\n: a\n---\n", "---\n{tags: a}\n---\n",
		"{\n  \"tags\": [\"a\"], \"b\": {\"tags\": null}\n}\nx", ";;;\n\"b\": 1\n;;;\n", "title:: a\ntags:: b, [[c d]] #e\n- x\n", "- a:: b\n\t- x", "+++\n[taxonomies]\n\"tags\"=[\"a\"#b\n]\n+++\n",
		"---\ntaxonomies:\n  tags: [a]\n---\n", "---\ntags: &t [a] # b\nx: *t\n---\n", "---\ntags:\n- \"a\" # b\n\n# c\n---\n", "---\ntags: #a\n---\n", "---\rtags: a\r---\r\xf0", "\xf0", "---\ntags: !!set {a, b}\n---\n", "---\ntags: [a]\nTags: [b]\n---\n",
	} {
		f.Add([]byte(s))
	}
	wanted := []string{"new", "true"}
	f.Fuzz(func(t *testing.T, note []byte) {
		got, err := AddTags(note, wanted)
		if err != nil {
			return
		}
		again, err := AddTags(got.Text, wanted)
		if err != nil || len(again.Added) != 0 {
			t.Fatalf("%q became %q, which does not have the tags (%v)", note, got.Text, err)
		}
		note, _ = Clean(note)
		got.Text, _ = Clean(got.Text)
		before, _ := ReadHead(note)
		after, err := ReadHead(got.Text)
		if err != nil {
			t.Fatalf("%q became %q, whose head is broken: %v", note, got.Text, err)
		}
		missing := slices.DeleteFunc(slices.Clone(wanted), func(tag string) bool { return !slices.Contains(got.Added, tag) })
		switch got.Place {
		case "new front matter":
			checkNewHead(t, note, got.Text, missing)
		case "comment":
			if d := cmp.Diff(before.said(), after.said()); d != "" || !bytes.Equal(note[:before.End], got.Text[:after.End]) {
				t.Fatalf("%q became %q: %s", note, got.Text, d)
			}
		default:
			checkHead(t, note, got.Text, before, after, missing)
		}
	})
}

// checkNewHead wants the whole note below a head of two lines of its own.
func checkNewHead(t *testing.T, note, got []byte, added []string) {
	t.Helper()
	h, _ := ReadHead(got)
	text, own := bytes.TrimPrefix(note, []byte("\ufeff")), bytes.TrimPrefix(got, []byte("\ufeff"))
	rest, ok := bytes.CutSuffix(got[h.End:], text)
	if len(added) == 0 {
		rest, ok = nil, bytes.Equal(note, got)
	}
	if !ok || len(bytes.TrimSpace(rest)) > 0 || len(note)-len(text) != len(got)-len(own) {
		t.Fatalf("%q became %q", note, got)
	}
	if d := cmp.Diff(added, h.said().Tags, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("%q: %s", got, d)
	}
}

// checkHead wants one change inside the head, and the head to say what it said, and the tags.
func checkHead(t *testing.T, note, got []byte, before, after Head, added []string) {
	t.Helper()
	start, end := 0, 0
	for start < min(len(note), len(got)) && note[start] == got[start] {
		start++
	}
	for end < min(len(note), len(got))-start && note[len(note)-1-end] == got[len(got)-1-end] {
		end++
	}
	if !bytes.Equal(note[:before.from], got[:before.from]) || !bytes.HasSuffix(got, note[before.to:]) {
		t.Fatalf("%q became %q, which is another note outside of the head", note, got)
	}
	if own, _ := before.tagList(); len(own.values) != 1 && start+end < len(note) && !isNull(note[start:len(note)-end]) {
		t.Fatalf("%q became %q, without %q", note, got, note[start:len(note)-end])
	}
	old, now := before.said(), after.said()
	for _, tag := range added {
		i := slices.Index(now.Tags, tag)
		if i < 0 {
			t.Fatalf("%q became %q without %s", note, got, tag)
		}
		now.Tags = slices.Delete(slices.Clone(now.Tags), i, i+1)
	}
	old.End, now.End = 0, 0
	if d := cmp.Diff(old, now, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("%q became %q: %s", note, got, d)
	}
	a, b := decode(t, before, note), decode(t, after, got)
	noTags := cmpopts.IgnoreMapEntries(func(key string, _ any) bool { return strings.EqualFold(key, "tags") })
	if d := cmp.Diff(a, b, noTags, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); d != "" {
		t.Fatalf("%q became %q: %s", note, got, d)
	}
}

// isNull tells whether a value that gave way says nothing.
func isNull(value []byte) bool {
	return slices.Contains([]string{"null", "Null", "NULL", "~", "''", "\"\""}, string(value))
}

// decode reads a head by the library of its format; page properties have none.
func decode(t *testing.T, h Head, note []byte) map[string]any {
	t.Helper()
	values, block := map[string]any{}, note[h.from:h.to]
	var err error
	switch h.Format {
	case YAML:
		err = yaml.Unmarshal(block, &values)
	case TOML:
		err = toml.Unmarshal(block, &values)
	case JSON:
		err = json.Unmarshal(jsonObject(block), &values)
	}
	if err != nil {
		t.Fatalf("%q: %v", note, err)
	}
	return values
}

// bomb is front matter whose aliases stand for more than memory holds.
func bomb() string {
	var b strings.Builder
	b.WriteString("---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 30 {
		fmt.Fprintf(&b, "a%d: &a%[1]d [%s]\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
	}
	return b.String() + "tags: [a]\n---\n"
}
