package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
)

// edgeLines is one line per edge: line, type, target, and "path" where no other name may answer.
func edgeLines(edges []store.Edge) []string {
	var out []string
	for _, e := range edges {
		s := e.Type + " " + e.Target
		if e.Rule == notes.ByPath {
			s += " path"
		}
		out = append(out, strings.Repeat("·", e.Line)+" "+s)
	}
	return out
}

func TestReferences(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"wikilinks", "[[auth]] [[Auth|the door]] [[a/b#top|x]] ![[plan]] [[#here]]", []string{
			"· CITES auth", "· CITES Auth", "· CITES a/b", "· EMBEDS plan"}},
		{"links go from the folder", "[a](b.md) [c](../x.md#y) [d](/top.md) [e](./f%20g.md) [h](<i j.md> \"t\")", []string{
			"· LINKS_TO docs/b.md path", "· LINKS_TO x.md path", "· LINKS_TO top.md path", "· LINKS_TO docs/f g.md path", "· LINKS_TO docs/i j.md path"}},
		{"a path without extension may be a name", "[a](guide)", []string{"· LINKS_TO docs/guide"}},
		{"the web, mail, anchors and the note itself are no edges", "[a](https://x.y/z.md) [b](mailto:a@b.c) [c](#d) <https://x/#tag> [n](n.md) [x](//h/y.md)", nil},
		{"images are no edges, but what they stand in is", "![i](i.png) [![alt](pic.png)](b.md)", []string{"· LINKS_TO docs/b.md path"}},
		{"reference links", "[one][x] [X] [none]\n\n[x]: b.md 'title'\n[y]: <c d.md>\n\n[see][y]", []string{
			"· LINKS_TO docs/b.md path", "· LINKS_TO docs/b.md path", "······ LINKS_TO docs/c d.md path"}},
		{"code and escapes hide everything", "`[[a]]` ``[b](c.md) ` #x`` \\[[d]] \\#e `unclosed #f\n\n    [[g]]\n\n```\n[[h]] #i\n```", []string{"· TAGGED_AS tag:f"}},
		{"tags", "#one #Two/Three (#four) a#no ##no #123 #12a #ünï-x, #tail. [tag: Five] #日本", []string{
			"· TAGGED_AS tag:one", "· TAGGED_AS tag:two/three", "· TAGGED_AS tag:four", "· TAGGED_AS tag:12a", "· TAGGED_AS tag:ünï-x",
			"· TAGGED_AS tag:tail", "· TAGGED_AS tag:five", "· TAGGED_AS tag:日本"}},
		{"comments", "<!-- tags: a, B c -->\n\ntext <!-- tags: [SUPERSEDES: old note] --> more <!-- #no [[no]] -->", []string{
			"· TAGGED_AS tag:a", "· TAGGED_AS tag:b-c", "··· SUPERSEDES old note"}},
		{"in tables, lists, quotations", "| a |\n| - |\n| [[x\\|y]] |\n\n> - [z](z.md)\n>   #q\n", []string{
			"··· CITES x", "····· LINKS_TO docs/z.md path", "······ TAGGED_AS tag:q"}},
		{"front matter", "---\ntags: [Go, \"two words\", 7]\n---\n#go", []string{"·· TAGGED_AS tag:go", "·· TAGGED_AS tag:two-words", "·· TAGGED_AS tag:7", "···· TAGGED_AS tag:go"}},
		{"a tag whose word stands above it", "---\ntitle: The go tag\nx: sea\ntags:\n  - sea\n  - Go\n---\n", []string{"····· TAGGED_AS tag:sea", "······ TAGGED_AS tag:go"}},
		{"HTML", "<a href=\"x.md#y\">#t</a> <b>[[k]]</b>", []string{"· LINKS_TO docs/x.md path", "· CITES k"}},
		{"examples of the earlier program", "see tag-auth, (tag-two-words) and **tag-x**.\n\n`tag-no` a-tag-no tag-no.md tag-no/x tag-2 tag- vintag-no\n", []string{
			"· EXEMPLIFIES tag:auth", "· EXEMPLIFIES tag:two-words", "· EXEMPLIFIES tag:x"}},
		{"HTML blocks", "<div>\n<A HREF=x.md#y>x</A> [[no]] <link href=s.css>\n<a\nhref='z.md'>z</a></div>", []string{"·· LINKS_TO docs/x.md path", "··· LINKS_TO docs/z.md path"}},
		{"definitions in quotations, lists and behind headings", "> [a]:\n>   a.md\n\n- [b]: b.md\n  'c\n  d'\n\n# H\n[e]: <e f.md>\n\n[a] [b] [E] [g]\n[g]: no.md", []string{
			"··········· LINKS_TO docs/a.md path", "··········· LINKS_TO docs/b.md path", "··········· LINKS_TO docs/e f.md path"}},
		{"math in quotations and lists", "> $$\n> [[no]]\n> $$\n> [[a]]\n\n- $$\n  [[no]]\n\n  [[no]]\n  $$\n- [[b]]\n\n$$ x =\n- [[no]]\n= $$ \n\n[[c]]\n\n$$\n[[d]]", []string{
			"···· CITES a", strings.Repeat("·", 11) + " CITES b", strings.Repeat("·", 17) + " CITES c", strings.Repeat("·", 20) + " CITES d"}},
		{"wrapped wikilinks", "> see [[Long\n> Name]]\n\n- ![[Other\n  name|x]]\n\n[[Third\r\nname]]", []string{"· CITES Long Name", "···· EMBEDS Other name", "······· CITES Third name"}},
		{"cells", "|#ta|[[a\\|x]]|\n|--|--|\n|#tb|`[[no\\|y]]`|\n\nNo table: |#tc| [[b]]", []string{"· TAGGED_AS tag:ta", "· CITES a", "··· TAGGED_AS tag:tb", "····· TAGGED_AS tag:tc", "····· CITES b"}},
		{"footnotes", "a[^1] [[b]]\n\n[^1]: see [[c]]", []string{"· CITES b", "··· CITES c"}},
		{"parentheses", "[a](b_(c).md) [d](e(.md)", []string{"· LINKS_TO docs/b_(c).md path"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := prepareText(t, "docs/n.md", tt.text, wordCount, 512)
			if diff := cmp.Diff(tt.want, edgeLines(n.put.Edges)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEvidence(t *testing.T) {
	n := prepareText(t, "n.md", "Before. The door is\nin [[auth]], they say! After.\n\n- an item [[b]]\n- another\n\n前。門は[[c]]にある。後。", wordCount, 512)
	want := []string{"The door is in [[auth]], they say!", "- an item [[b]]", "門は[[c]]にある。"}
	var got []string
	for _, e := range n.put.Edges {
		got = append(got, e.Sentence)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
