package ingest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/notes"
)

// Each link is found where its target is written, and what stands there is the target as it is written.
func TestLinksInTheFile(t *testing.T) {
	text := "\uFEFF---\nup: \"[[up]]\"\nrelated: ['[[a]]', '[[a]]', \"[x](m.md)\"]\n---\n" +
		"# [h](h.md)\r\n\r\n> [[w#x|y]] ![[e]]\r\n> [b](<b c.md> 'd') [l][l] [n](n\\_.md) ![i](i.png)\r\n\r\n" +
		"|t|u|\n|-|-|\n|[[c\\|d]]|[z](z.md)|\n\n[l]: l.md \"t\"\n\n<a href='q.md'>q</a> #[[two words]] `[no](no.md)`\n\n<!-- tags: sea, [EXTENDS: other note] -->\n"
	type found struct {
		Form    ingest.Form
		Written string
	}
	var got []found
	for _, l := range ingest.NewReader().Links("x.md", []byte(text), notes.Vault{}) {
		got = append(got, found{l.Form, text[l.From:l.To]})
	}
	want := []found{
		{ingest.Wiki, "up"}, {ingest.Wiki, "a"}, {ingest.Wiki, "a"}, {ingest.Bare, "m.md"}, {ingest.Bare, "h.md"}, {ingest.Wiki, "w#x|y"},
		{ingest.Wiki, "e"}, {ingest.Angle, "b c.md"}, {ingest.Elsewhere, ""}, {ingest.Bare, `n\_.md`}, {ingest.Bare, "i.png"}, {ingest.Wiki, `c\|d`},
		{ingest.Bare, "z.md"}, {ingest.Bare, "l.md"}, {ingest.Attribute, "q.md"}, {ingest.Relation, "other note"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func FuzzLinks(f *testing.F) {
	for _, s := range []string{"---\na: \"[[b]]\"\n---\n[c](d.md) ![[e]]", "> [a]\n\n[a]: <b> 'c'\n", "|a|\n|-|\n|[[b\\|c]]|\n", "<!-- tags: [A: b] -->", "{{< ref \"a\" >}}", "- #[[a b]] {{embed [[c]]}}"} {
		f.Add(s)
	}
	reader := ingest.NewReader()
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range notes.Dialects() {
			for _, l := range reader.Links("a.md", []byte(text), notes.Vault{Dialect: d}) {
				if l.From < 0 || l.From > l.To || l.To > len(text) || (l.Form == ingest.Elsewhere) != (l.From == l.To) {
					t.Fatalf("%s: %+v in %q", d, l, text)
				}
			}
		}
	})
}
