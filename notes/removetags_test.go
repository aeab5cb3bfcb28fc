package notes

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestRemoveTags(t *testing.T) {
	for _, tc := range []struct{ name, before, tags, after string }{
		{"flow, first", "---\na: 1\ntags: [b, 'c', d] # mine\nz: é\n---\nx\xff\x00y", "b", "---\na: 1\ntags: ['c', d] # mine\nz: é\n---\nx\xff\x00y"},
		{"flow, middle and quoted", "---\ntags: [b, 'c', d]\n---\n", "C", "---\ntags: [b, d]\n---\n"},
		{"flow, last", "---\ntags: [ b, c ]\n---\n", "c", "---\ntags: [ b ]\n---\n"},
		{"flow, only", "---\ntags: [b]\n---\n", "b", "---\ntags: []\n---\n"},
		{"flow, all", "---\ntags: [b, \"c d\", e]\n---\n", "b,c-d,e", "---\ntags: []\n---\n"},
		{"flow over lines", "---\ntags: [\n  a,\n  b,\n]\n---\n", "b", "---\ntags: [\n  a,\n]\n---\n"},
		{"flow over lines, first", "---\ntags: [\n  a,\n  b\n]\n---\n", "a", "---\ntags: [\n  b\n]\n---\n"},
		{"block, first", "---\ntags:\n  - a\n  - b # last\ntitle: T\n---\nbody\n", "a", "---\ntags:\n  - b # last\ntitle: T\n---\nbody\n"},
		{"block, last with its comment", "---\ntags:\n  - a\n  - b # last\ntitle: T\n---\nbody\n", "b", "---\ntags:\n  - a\ntitle: T\n---\nbody\n"},
		{"block, only", "---\r\ntags:\r\n- a\r\nx: 1\r\n---\r\nb\r\n", "a", "---\r\ntags: []\r\nx: 1\r\n---\r\nb\r\n"},
		{"block, quoted with #", "---\ntags:\n- \"#a\"\n- '#b'\n---\n", "b", "---\ntags:\n- \"#a\"\n---\n"},
		{"one word", "---\ntags: a\nx: y\n---\n", "a", "---\ntags: []\nx: y\n---\n"},
		{"words with commas", "---\ntags: a, b, c\n---\n", "b", "---\ntags: a, c\n---\n"},
		{"words with commas, first", "---\ntags: a, b, c # x\n---\n", "a", "---\ntags: b, c # x\n---\n"},
		{"words with spaces", "---\ntags: a b c\n---\n", "b,c", "---\ntags: a\n---\n"},
		{"words in quotes", "---\ntags: '#a, b c'\n---\n", "b-c", "---\ntags: '#a'\n---\n"},
		{"words in an item", "---\ntags: [\"a, b\", c]\n---\n", "a", "---\ntags: [\"b\", c]\n---\n"},
		{"nested tags stay", "---\ntags: [sea, sea/tides, seaside]\n---\n#sea\n", "sea", "---\ntags: [sea/tides, seaside]\n---\n#sea\n"},
		{"twice in one list", "---\ntags: [a, b, A]\n---\n", "a", "---\ntags: [b]\n---\n"},
		{"several keys", "---\ntags: [a, b]\nkeywords: a, c\ncategories:\n  - a\n---\n", "a", "---\ntags: [b]\nkeywords: c\ncategories: []\n---\n"},
		{"comment", "# A\n\n<!-- tags: a, [CITES: b], c -->\ntext\n", "c", "# A\n\n<!-- tags: a, [CITES: b] -->\ntext\n"},
		{"comment, first", "<!-- tags: a, b -->\n", "a", "<!-- tags: b -->\n"},
		{"comment, only", "<!-- tags: a -->\n", "a", "<!-- tags: -->\n"},
		{"comment in brackets", "<!-- tags: [tag: a] [TAG: b]; [X: a] -->\n", "a", "<!-- tags: [TAG: b]; [X: a] -->\n"},
		{"comment within a line", "text <!-- tags: a, b --> text\n", "b", "text <!-- tags: a --> text\n"},
		{"comment in code", "```\n<!-- tags: a -->\n```\n`<!-- tags: a -->`\n<!-- tags: b, a -->\n", "a", "```\n<!-- tags: a -->\n```\n`<!-- tags: a -->`\n<!-- tags: b -->\n"},
		{"both", "---\ntags: [a, b]\n---\nx\xff\n<!-- tags: b, a -->\n", "a", "---\ntags: [b]\n---\nx\xff\n<!-- tags: b -->\n"},
		{"toml", "+++\ntitle = 'T' # t\ntags = ['a', \"b\"]\n[x]\ny = 1\n+++\nbody", "a", "+++\ntitle = 'T' # t\ntags = [\"b\"]\n[x]\ny = 1\n+++\nbody"},
		{"zola", "+++\n[taxonomies]\ntags = [\"a\", \"b\"]\n+++\n", "b", "+++\n[taxonomies]\ntags = [\"a\"]\n+++\n"},
		{"toml, one word", "+++\ntags = 'a, b' # mine\n+++\n", "a", "+++\ntags = 'b' # mine\n+++\n"},
		{"json", "{\n  \"title\": \"T\",\n  \"tags\": [\"a\", \"b\"]\n}\nbody", "b", "{\n  \"title\": \"T\",\n  \"tags\": [\"a\"]\n}\nbody"},
		{"json, one word", "{\"tags\": \"a\", \"x\": 1}\n", "a", "{\"tags\": [], \"x\": 1}\n"},
		{"properties", "title:: x\ntags:: a, b\n\ntext\n", "a", "title:: x\ntags:: b\n\ntext\n"},
		{"properties, only", "title:: x\ntags:: a\n\ntext\n", "a", "title:: x\ntags:: \n\ntext\n"},
		{"properties with pages", "tags:: [[a b]], c\n", "a-b", "tags:: c\n"},
		{"field in the text", "# A\n\ntags:: a, b\n", "b", "# A\n\ntags:: a\n"},
		{"field in a line", "# A\n\nIt is [tags:: a] so.\n", "a", "# A\n\nIt is so.\n"},
		{"BOM", "\ufeff---\ntags: [a, b]\n---\n", "a", "\ufeff---\ntags: [b]\n---\n"},
		{"not there", "---\ntags: [a]\n---\n#b\n", "b", "---\ntags: [a]\n---\n#b\n"},
		{"old Mac line ends", "---\rtags: [a, b]\r---\rx", "a", "---\rtags: [b]\r---\rx"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := RemoveTags([]byte(tc.before), strings.Split(tc.tags, ","))
			if err != nil || string(got.Text) != tc.after {
				t.Errorf("%q, %v\nwant %q", got.Text, err, tc.after)
			}
			if (len(got.Removed) == 0) != (tc.before == tc.after) || (len(got.Places) == 0) != (len(got.Removed) == 0) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestRemoveTagsRefuses(t *testing.T) {
	for name, note := range map[string]string{
		"broken head":     "---\na: [\n---\n<!-- tags: a -->",
		"two keys":        "---\ntags: [a]\ntags: [a]\n---\n",
		"an alias":        "---\nx: &t [a]\ntags: *t\n---\n",
		"an anchor":       "---\ntags: &t [a]\nx: *t\n---\n",
		"a block of text": "---\ntags: |\n  a\n---\n",
		"escapes":         "---\ntags: [\"\\x61\"]\n---\n",
		"a set":           "---\ntags: !!set {a, b}\n---\n",
		"a bad tag":       "x",
	} {
		t.Run(name, func(t *testing.T) {
			tag := "a"
			if name == "a bad tag" {
				tag = "a,b"
			}
			if got, err := RemoveTags([]byte(note), []string{tag}); err == nil {
				t.Errorf("made %q of %q", got.Text, note)
			}
		})
	}
}

// FuzzRemoveTags: what is removed is gone, all other words of the head stay, and what AddTags adds RemoveTags takes out again.
func FuzzRemoveTags(f *testing.F) {
	for _, s := range []string{
		"---\ntags: [a, 'b]']\n---\nx", "---\r\ntags:\r\n- a\r\n---\r\n", "<!-- tags: a -->", "---\ntags: a, b # c\n---\n", "+++\ntags = ['a', # ]\n]\n+++\n",
		"tags:: a, [[b]]\n", "x [tags:: a] (tag:: a)\n", "---\ntags: [\n a, # b\n b # a\n]\n---\n", "{\"tags\":[\"a\",\"b\"]}\n", "---\ntags:\n  - a\n\n  - b\n---\n<!-- tags: [a] a;a -->",
		"---\nkeywords: 'a b'\ntag: a b\n---\n", "---\ntags: [[a]]\n---\n", "---\ntags: [\"a, b\", [c]]\n---\n", "---\ntags: {a: , b: }\n---\n", "---\ntags: [a]\ntaxonomies: {tags: [a]}\n---\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, note []byte) {
		got, err := RemoveTags(note, []string{"a"})
		if err != nil {
			return
		}
		if again, err := RemoveTags(got.Text, []string{"a"}); err != nil || len(again.Removed) > 0 {
			t.Fatalf("%q became %q, which still has the tag (%v)", note, got.Text, err)
		}
		if len(got.Removed) == 0 && !bytes.Equal(got.Text, note) {
			t.Fatalf("%q became %q and nothing was removed", note, got.Text)
		}
		if len(got.Text) > len(note)+2*bytes.Count(note, []byte("\n"))+10 {
			t.Fatalf("%q grew to %q", note, got.Text)
		}
		clean, _ := Clean(note)
		cleanGot, _ := Clean(got.Text)
		before, _ := ReadHead(clean)
		after, _ := ReadHead(cleanGot)
		old, now := before.said(), after.said()
		old.Tags = slices.DeleteFunc(old.Tags, func(tag string) bool { return tag == "a" })
		old.End, now.End = 0, 0
		if d := cmp.Diff(old, now, cmpopts.EquateEmpty()); d != "" && len(got.Removed) > 0 {
			t.Fatalf("%q became %q: %s", note, got.Text, d)
		}
	})
}
