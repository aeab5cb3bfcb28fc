package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
)

func noteIDs(notes []store.Note) []string {
	var ids []string
	for _, n := range notes {
		ids = append(ids, n.ID)
	}
	return ids
}

func testFind(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	aliased := Note("people/Ada.md", "Ada Lovelace")
	aliased.Note.Aliases = []string{"The Countess", "AL/1"}
	Apply(t, s, store.Batch{Puts: []store.Put{
		Note("docs/README.md", "Documentation"), Note("README.md", "Start here"), Note("docs/日本語.md", "日本語の本"), aliased,
		Note("docs/Tide Tables 2.0.md", "Version 1.5"), Note("notes/Café.md", "Espresso"), Note("🌊.md", "🌊"),
		Note("docs/foo.bar.md", "Foo"), Note("docs/foo-bar.md", "Bar"), Note("main.go", "README.md"),
	}})
	for _, c := range []struct {
		ref  string
		want []string
	}{
		{"README.md", []string{"README.md"}},
		{"docs/README.md", []string{"docs/README.md"}},
		{"README", []string{"README.md", "docs/README.md"}},
		{"readme", []string{"README.md", "docs/README.md"}},
		{"docs/readme", []string{"docs/README.md"}},
		{"ADME.md", nil},
		{"日本語", []string{"docs/日本語.md"}},
		{"日本語の本", []string{"docs/日本語.md"}},
		{"ada lovelace", []string{"people/Ada.md"}},
		{"the countess", []string{"people/Ada.md"}},
		{"AL/1", []string{"people/Ada.md"}},
		{"Version 1.5", []string{"docs/Tide Tables 2.0.md"}},
		{"Tide Tables 2.0", []string{"docs/Tide Tables 2.0.md"}},
		{"docs-tide-tables-2-0", []string{"docs/Tide Tables 2.0.md"}},
		{"cafe", []string{"notes/Café.md"}},
		{"notes/Cafe\u0301.md", []string{"notes/Café.md"}},
		{"🌊", []string{"🌊.md"}},
		{"docs-foo-bar", []string{"docs/foo-bar.md", "docs/foo.bar.md"}},
		{"main", []string{"main.go"}},
		{"", nil}, {"/", []string{"README.md"}}, {"..", nil}, {"?", nil}, {"*", nil}, {"'; DROP TABLE notes", nil},
	} {
		t.Run(c.ref, func(t *testing.T) {
			got, err := s.Find(context.Background(), c.ref)
			if d := cmp.Diff(c.want, noteIDs(got)); d != "" || err != nil {
				t.Error(d, err)
			}
		})
	}
}

func testList(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a/1.md", ""), Note("a/2.md", ""), Note("a0.md", ""), Note("b.md", ""), Note("a/\xff.md", "")}})
	for _, c := range []struct {
		prefix, after string
		limit         int
		want          []string
	}{
		{"", "", 0, []string{"a/1.md", "a/2.md", "a/\xff.md", "a0.md", "b.md"}},
		{"a/", "", 0, []string{"a/1.md", "a/2.md", "a/\xff.md"}},
		{"a/", "a/1.md", 1, []string{"a/2.md"}},
		{"", "a0.md", 5, []string{"b.md"}},
		{"a/\xff", "", 0, []string{"a/\xff.md"}},
		{"c", "", 0, nil},
	} {
		got, err := s.List(context.Background(), c.prefix, c.after, c.limit)
		if d := cmp.Diff(c.want, noteIDs(got)); d != "" || err != nil {
			t.Errorf("%q after %q: %s %v", c.prefix, c.after, d, err)
		}
	}
}

func testFindOne(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("docs/a.md", "One"), Note("docs/b.md", "Twin"), Note("b.md", "Twin"), Note("a.md:3", "Odd")}})
	var many *store.AmbiguousError
	var bad notes.LinesError
	for _, c := range []struct {
		ref, id string
		lines   notes.Lines
		is      error
		as      any
	}{
		{ref: "one", id: "docs/a.md"},
		{ref: "docs/a.md:2-4", id: "docs/a.md", lines: notes.Lines{First: 2, Last: 4}},
		{ref: "one:7", id: "docs/a.md", lines: notes.Lines{First: 7, Last: 7}},
		{ref: "a.md:3", id: "a.md:3"}, // what exists wins over a range
		{ref: "docs/a.md:4-2", as: &bad},
		{ref: "twin", as: &many},
		{ref: "twin:1", as: &many},
		{ref: "three", is: store.ErrNotFound},
		{ref: "three:1", is: store.ErrNotFound},
	} {
		n, lines, err := store.FindOne(context.Background(), s, c.ref)
		if !errors.Is(err, c.is) && c.as == nil || c.as != nil && !errors.As(err, c.as) {
			t.Errorf("%s: error %v", c.ref, err)
		}
		if n.ID != c.id || lines != c.lines {
			t.Errorf("%s: %s %v", c.ref, n.ID, lines)
		}
	}
	if d := cmp.Diff("say which: b.md, docs/b.md", many.Hint()); d != "" {
		t.Error(d)
	}
	if id, err := store.FindNode(context.Background(), s, "tag:Sea Coast"); id != "tag:sea-coast" || err != nil {
		t.Errorf("%s, %v", id, err)
	}
}

func testFindOneByRef(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	put := func(id string, texts ...string) store.Put {
		p := Note(id, "", texts...)
		for i := range p.Chunks {
			p.Chunks[i].Hash = "abcdef0" + p.Chunks[i].Text // all begin alike
			p.Chunks[i].Note = id
		}
		return p
	}
	one, twin, word := put("docs/a.md", "1", "2"), put("docs/b.md", "1", "1"), put("dead0beef.md", "9")
	Apply(t, s, store.Batch{Puts: []store.Put{one, twin, word}})
	a, b := one.Chunks[0].Ref(), twin.Chunks[0].Ref()
	var many *store.AmbiguousError
	for _, c := range []struct {
		ref, id string
		lines   notes.Lines
		is      error
		as      any
	}{
		{ref: b, id: "docs/b.md", lines: notes.Lines{First: 1, Last: 1}}, // the first of equal ones
		{ref: "@" + b, id: "docs/b.md", lines: notes.Lines{First: 1, Last: 1}},
		{ref: "#" + b + ":2-3", id: "docs/b.md", lines: notes.Lines{First: 2, Last: 3}},
		{ref: a, as: &many}, // two passages of one note whose addresses begin alike
		{ref: "dead0beef", id: "dead0beef.md"},
		{ref: "012345678", is: store.ErrNotFound},
		{ref: "012345678:1", is: store.ErrNotFound},
	} {
		got, lines, err := store.FindOne(context.Background(), s, c.ref)
		if !errors.Is(err, c.is) && c.as == nil || c.as != nil && !errors.As(err, c.as) {
			t.Errorf("%s: error %v", c.ref, err)
		}
		if got.ID != c.id || lines != c.lines {
			t.Errorf("%s: %s %v", c.ref, got.ID, lines)
		}
	}
	if d := cmp.Diff("say which: docs/a.md:1-1, docs/a.md:2-2", many.Hint()); d != "" {
		t.Error(d)
	}
}
