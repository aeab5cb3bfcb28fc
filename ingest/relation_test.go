package ingest

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/notes"
	"amalfa/testdata/limits"
)

// edgeWords are the edges of a note as "TYPE target"; with "?" where nothing is lost if no note answers.
func edgeWords(t *testing.T, text string) (out []string) {
	t.Helper()
	for _, e := range prepareText(t, "n.md", text, wordCount, 512).put.Edges {
		word := e.Type + " " + e.Target
		if e.Rule >= notes.Optional {
			word += "?"
		}
		out = append(out, word)
	}
	return out
}

// What of a note says how it stands to another one, and what does not.
func TestRelations(t *testing.T) {
	head := func(lines string) string { return "---\n" + lines + "\n---\ntext\n" }
	for _, tt := range []struct {
		text string
		want string // edges, parted by "; "
	}{
		{head(`related: "[[b]]"`), "RELATED b"},
		{head(`related: ["[[b|B]]", '[[c#part]]']`), "RELATED b; RELATED c"},
		{head("related:\n  - \"[[b]]\"\n  - '[t](c.md)'"), "RELATED b; RELATED c.md"},
		{head("up: [[b]]"), "UP b"},
		{head("up: b"), "UP b?"},
		{head("up: b.md"), "UP b.md?"},
		{head("up: sub/b.md"), "UP sub/b.md?"},
		{head("up: ./b.md"), "UP b.md?"},
		{head(`up: "Tide tables"`), "UP Tide tables?"},
		{head("up: b # why"), "UP b?"},
		{head("related: b, c"), "RELATED b?; RELATED c?"},
		{head("related: [b, \"c, d\"]"), "RELATED b?; RELATED c, d?"},
		{head("related:\n- b\n- [[c]]"), "RELATED b?; RELATED c"},
		{head("see also: b"), "SEE_ALSO b?"},
		{head("see-also: b"), "SEE_ALSO b?"},
		{head("seeAlso: b"), "SEE_ALSO b?"},
		{head("depends_on: [b]"), "DEPENDS_ON b?"},
		{head("Superseded-By: '[[b]]'"), "SUPERSEDED_BY b"},
		{head("friend: \"[[b]]\""), "FRIEND b"},
		{head("best friend: '[t](b.md)'"), "BEST_FRIEND b.md"},
		{head("friend: b"), ""},
		{head("freundin: '[[ü]]'\nübersicht: '[[b]]'"), "FREUNDIN ü; ÜBERSICHT b"},
		{head("author: \"[[b]]\"\ndate: \"[[2024-03-05]]\"\ntitle: '[[c]]'\ncssclasses: '[[d]]'"), "CITES b; CITES 2024-03-05; CITES c; CITES d"},
		{head("tags: ['[[b]]']"), "TAGGED_AS tag:b; CITES b"},
		{head("follows: '[[b]]'\ntagged_as: '[[c]]'\nexemplifies: '[[d]]'"), "CITES b; CITES c; CITES d"},
		{head("links:\n  supports: '[[b]]'"), "SUPPORTS b"},
		{head("menu:\n  main:\n    parent: docs"), ""},
		{head("next: false\nprev: yes\nup: true"), ""},
		{head("next: https://a.b/c\nprev: mailto:a@b.c\nup: '#here'"), ""},
		{head("up:\ndown: []\nnext: ''"), ""},
		{head("cover: '![[b.png]]'"), "EMBEDS b.png"},
		{head("about: |\n  See\n  [[b]]."), "CITES b"},
		{head("2024: '[[b]]'\n\"a/b\": '[[c]]'\n\"😀\": '[[d]]'"), "CITES b; CITES c; CITES d"},
		{"+++\nup = 'b'\nsupports = ['[[c]]']\n+++\n", "UP b?; SUPPORTS c"},
		{"{\n\"up\": \"b\",\n\"supports\": [\"[[c]]\"]\n}\n", "UP b?; SUPPORTS c"},
		{head("relations:\n  - '[[b]]'"), "RELATIONS b"},

		{"supports:: [[b]]", "SUPPORTS b"},
		{"supports::[[b]]", "SUPPORTS b"},
		{"- rel:: [[b]], [[c|C]] and [t](d.md)", "REL b; REL c; REL d.md"},
		{"text\nrel:: [[b]]\ntext [[c]]", "REL b; CITES c"},
		{"**Rel**:: [[b]]\n\n__rel::__ [[c]]\n\n- [ ] *rel*:: [[d]]", "REL b; REL c; REL d"},
		{"> see also:: [[b]]", "SEE_ALSO b"},
		{"It (rel:: [[b]]) and [up:: [[c]]] and [[d]].", "REL b; UP c; CITES d"},
		{"rel:: [[b]] (other:: [[c]])", "REL b; OTHER c"},
		{"[rel:: [t](a_(b).md)]", "REL a_(b).md"},
		{"rel:: ![[b]]", "EMBEDS b"},
		{"rel:: b", ""},
		{"tags:: [[b]]\n\nalias:: [[c]]\n\ndate:: [[2024-03-05]]", "TAGGED_AS tag:b; CITES b; CITES c; CITES 2024-03-05"},
		{"`rel:: ` [[b]]\n\n    rel:: [[c]]\n\n```\nrel:: [[d]]\n```\n", "CITES b"},
		{"std::vector [[b]], a::b [[c]], http://x [[d]]", "CITES b; CITES c; CITES d"},
		{"std::string::npos [[b]]", "CITES b"},
		{"(rel:: [[b]]", "CITES b"},
		{"[rel:: [[b]]](c.md)", "LINKS_TO c.md; CITES b"},
		{"[rel:: x](b.md)", "LINKS_TO b.md"},
		{"What he said to me was this:: [[b]]", "CITES b"},
		{"a | b\n-|-\nrel:: [[b]] | [[c]]", "REL b; CITES c"},
		{"\\rel:: [[b]]", "CITES b"},

		{"It [EXTENDS: b] and [SUPPORTS: Tide tables].", "EXTENDS b; SUPPORTS Tide tables"},
		{"[EXTENDS: sub/b.md] [PART_OF: b#part] [EXTENDS:b]", "EXTENDS sub/b.md; PART_OF b; EXTENDS b"},
		{"[EXTENDS: [[b]]] [SUPPORTS: [t](c.md) and [[d|D]]]", "EXTENDS b; SUPPORTS c.md; SUPPORTS d"},
		{"[FRIEND: b] [NEXT: call Bob] [H2O: x]", "FRIEND b?; NEXT call Bob?; H2O x?"},
		{"[FRIEND: [[b]]] [FRIEND: see [[c]]]", "FRIEND b; CITES c"},
		{"[NOTE: be careful] [TODO: b] [WARNING: [[c]]] [FIXME: d]", "CITES c"},
		{"`[EXTENDS: b]` \\[EXTENDS: b] [extends: b] [Extends: b] [E: b] [EXTENDS b] [EXTENDS:]", ""},
		{"[EXTENDS: x](b.md) ![EXTENDS: c]", "LINKS_TO b.md"},
		{"[EXTENDS: b]\n\n[EXTENDS: b]: c.md", "LINKS_TO c.md"},
		{"<!-- [EXTENDS: b] -->", ""},
		{"<!-- tags: [EXTENDS: b], [FRIEND: c], [TAG: d], [FOLLOWS: e] -->", "EXTENDS b; FRIEND c; TAGGED_AS tag:d; CITES e"},
		{"[FOLLOWS: b]", "CITES b"},
		{"<!-- tags: [TAGGED_AS: Sea], [EXEMPLIFIES: moon] -->", "TAGGED_AS tag:sea; EXEMPLIFIES tag:moon"},
		{"[" + strings.Repeat("A", 41) + ": b] [AB: " + strings.Repeat("x", 2000) + "]", ""},
		{"[EXTENDS: https://a.b/c]", ""},

		{"[tag: sea] [Tag: moon] [TAG: low tide] [tag: x](y.md) ![tag: z] `[tag: no]`", "TAGGED_AS tag:sea; TAGGED_AS tag:moon; TAGGED_AS tag:low-tide; LINKS_TO y.md"},
		{"see tag-sea and (tag-low-tide).", "EXEMPLIFIES tag:sea; EXEMPLIFIES tag:low-tide"},
		{"a tag-line, Tag-x, meta-tag-x, tag-team, `tag-no`, [tag-x](y.md), tag-x.md, tag-x/y, a/tag-x, #tag-x", "LINKS_TO y.md; TAGGED_AS tag:tag-x"},

		{"It [EXTENDS: b], see [[b]] and [[c]].", "EXTENDS b; CITES c"},
		{"[[b]] rests here [EXTENDS: sub/b.md] [x](b.md)", "EXTENDS sub/b.md"},
		{"[[b]] [EXTENDS: c/b] [[d/b]]", "EXTENDS c/b; CITES d/b"},
		{"[[b]] [FRIEND: b]", "FRIEND b?"},
		{"[[b]] [FRIEND: c/b]", "CITES b; FRIEND c/b?"},
		{"[[b]]\n[EXTENDS: b]", "CITES b; EXTENDS b"},
	} {
		want := slices.DeleteFunc(strings.Split(tt.want, "; "), func(s string) bool { return s == "" })
		if d := cmp.Diff(want, edgeWords(t, tt.text), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s\n%s", tt.text, d)
		}
	}
}

// FuzzRelations: whatever the text, relations have a name, lie where they say, and no link is lost by being one.
func FuzzRelations(f *testing.F) {
	for _, s := range []string{
		"rel:: [[b]] (x:: [[c]])", "[EXTENDS: b] [[b]]", "[A1: [[b]]] [tag: x] tag-y", "---\nup: b, c\nrelated: ['[[d]]']\n---\n- **k**:: [t](e.md)",
		"[[[EXTENDS: b]: c]: d](e)", "+++\nup = \"b\"\n+++\n", "a:: [x:: [[b]]](c) ((y:: [[d]]))", "<!-- tags: [REL: x] -->", "ü é:: [[b]]\r\nx::[[c]]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &preparer{markdown: newMarkdown(), count: wordCount, maxTokens: 512}
		var n prepared
		var err error
		prose := limits.Limit{Time: time.Second, Yard: 4 * time.Millisecond, Measure: func() (time.Duration, error) {
			from := time.Now()
			_, err := p.prepare("n.md", bytes.Repeat([]byte("a tide "), 10_000))
			return time.Since(from), err
		}}
		if _, slow := prose.Kept(func() (time.Duration, error) {
			from := time.Now()
			n, err = p.prepare("n.md", text)
			return time.Since(from), nil
		}); slow != nil {
			t.Fatalf("%d bytes: %v: %q", len(text), slow, text)
		}
		if err != nil {
			return
		}
		for _, e := range n.put.Edges {
			if e.Type == "" || e.Line < 1 || e.Line > n.put.Note.Lines+1 || strings.ContainsAny(e.Type, " \n[]:") {
				t.Fatalf("%+v in %q", e, text)
			}
		}
		for _, l := range NewReader().Links("n.md", text, notes.Vault{}) {
			if l.From < 0 || l.To < l.From || l.To > len(text) {
				t.Fatalf("%+v in %q", l, text)
			}
			if l.Form == Relation && strings.TrimSpace(string(text[l.From:l.To])) == "" {
				t.Fatalf("%+v in %q", l, text)
			}
		}
	})
}
