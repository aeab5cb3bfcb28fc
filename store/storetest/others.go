package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
)

// What a link made known is no other file any more once it is a note, whichever of two processes writes first.
func testNotesAreNoOthers(t *testing.T, mk Maker) {
	known := store.Batch{Others: []store.Other{{ID: "b.md", Linked: true}, {ID: "c.md", Linked: true}}}
	written := store.Batch{Puts: []store.Put{Linked("a.md", "A", "b.md"), Note("b.md", "B", "text")}}
	for _, batches := range [][]store.Batch{{known, written}, {written, known}, {{Others: known.Others, Puts: written.Puts}}} {
		s := mk.fresh(t)
		for _, b := range batches {
			Apply(t, s, b)
		}
		others, err := s.Others(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]store.Other{{ID: "c.md", Linked: true}}, others); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"a.md -> b.md"}, Targets(t, s, "a.md", store.Out)); d != "" {
			t.Error(d)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Files that are no notes answer links: by path and by name, those that only a link made known by path alone, and no longer once they
// are gone. A note comes first.
func testOthersAnswer(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	p := Linked("sub/a.md", "A", "pic.png", "sub/pic.png", "private/x.md", "x.md", "sub/folder/", "pic", "big")
	for i, rule := range map[int]notes.Rule{1: notes.ByPath, 2: notes.ByPath, 4: notes.ByPath} {
		p.Edges[i].Rule = rule
	}
	for _, step := range []struct {
		name  string
		batch store.Batch
		want  string // one character an edge: "." is broken, "f" a file, "n" a note
	}{
		{"nothing there", store.Batch{Puts: []store.Put{p}}, "......."},
		{"a picture elsewhere", store.Batch{Others: []store.Other{{ID: "img/pic.png"}}}, "f......"},
		{"and at the path", store.Batch{Others: []store.Other{{ID: "sub/pic.png"}, {ID: "sub/folder/"}}}, "ff..f.."},
		{"known by a link", store.Batch{Others: []store.Other{{ID: "private/x.md", Linked: true}}}, "fff.f.."},
		{"a file without a note", store.Batch{Files: []store.File{{ID: "big.md", State: store.Skipped, Reason: "large"}}}, "fff.f.f"},
		{"that becomes one", store.Batch{Puts: []store.Put{Note("big.md", "Big")}}, "fff.f.n"},
		{"a note of the picture's name", store.Batch{Puts: []store.Put{Note("pic.png.md", "Photo")}}, "fff.f.n"},
		{"pictures go", store.Batch{Gone: []string{"img/pic.png", "sub/pic.png"}}, "n.f.f.n"},
		{"the note goes, and its file fails", store.Batch{Deletes: []string{"pic.png.md"}, Files: []store.File{{ID: "big.md", State: store.Failed}}}, "..f.f.f"},
		{"all go", store.Batch{Deletes: []string{"big.md"}, Gone: []string{"private/x.md", "sub/folder/", "never there"}}, "......."},
	} {
		Apply(t, s, step.batch)
		edges, err := s.Edges(t.Context(), "sub/a.md", store.Out)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(edges))
		for _, e := range edges {
			got[e.Line-1] = map[[2]bool]byte{{false, false}: '.', {true, true}: 'f', {true, false}: 'n'}[[2]bool{e.Resolved, e.File}]
		}
		if string(got) != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
		broken, err := s.Broken(t.Context())
		stats, _ := s.Stats(t.Context())
		if n := strings.Count(step.want, "."); err != nil || len(broken) != n || stats.Broken != n || stats.Links != 7 {
			t.Errorf("%s: %d broken, counted %d of %d, %v", step.name, len(broken), stats.Broken, stats.Links, err)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func testBrokenPaths(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	a, b := Linked("a.md", "A", "gone", "x/gone", "p.md", "p.md", "tag:x"), Linked("b.md", "B", "q.md", "a")
	a.Edges[2].Rule, a.Edges[3].Rule, b.Edges[0].Rule = notes.ByPath, notes.ByPath, notes.ByPathThenName
	Apply(t, s, store.Batch{Puts: []store.Put{a, b}})
	for _, tt := range []struct {
		sources []string
		limit   int
		want    []string
	}{{nil, 10, []string{"p.md", "q.md", "x/gone"}}, {[]string{"b.md"}, 10, []string{"q.md"}}, {[]string{}, 10, nil}} {
		targets, err := s.BrokenPaths(t.Context(), tt.sources, tt.limit)
		var got []string
		for _, target := range targets {
			got = append(got, target.Name)
		}
		slices.Sort(got)
		if d := cmp.Diff(tt.want, got); d != "" || err != nil {
			t.Errorf("%q: %s %v", tt.sources, d, err)
		}
	}
	if got, err := s.BrokenPaths(t.Context(), nil, 2); len(got) != 2 || err != nil {
		t.Errorf("%v %v", got, err)
	}
}

func testAmbiguous(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	p := Linked("a/a.md", "A", "Note", "a/Note", "Only", "Note.md", "tag:Note", "one")
	p.Edges[3].Rule = notes.ByPath
	b := store.Batch{Puts: []store.Put{p, Note("a/Note.md", "Note"), Note("b/note.md", "Other"), Note("z/Only.md", "Note"), Note("Note.md", "x")}}
	for i := range store.MaxRivals + 5 {
		b.Puts = append(b.Puts, Note(fmt.Sprintf("many/%02d.md", i), "One"))
	}
	Apply(t, s, b)
	got, err := s.Ambiguous(t.Context())
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	want := store.AmbiguousLink{Source: "a/a.md", Line: 1, Name: "Note", Chosen: "a/Note.md", Others: []string{"Note.md"}}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
	if l := got[1]; l.Line != 6 || l.Chosen != "many/00.md" || len(l.Others) != store.MaxRivals || l.More != 4 {
		t.Errorf("%+v", l)
	}
}

// Whatever the order in which notes and files come and go, edges lead where those of an index lead that was made at once.
func testEdgesDoNotDependOnOrder(t *testing.T, mk Maker) {
	const seed = 12
	r := rand.New(rand.NewPCG(seed, seed))
	folders, names := []string{"", "a/", "a/b/", "c/"}, []string{"Note", "note", "v1.2", "v1", "README", "é", "e\u0301"}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	for range 12 {
		all := map[string]store.Put{}
		for range 12 {
			p := Linked(pick(folders)+pick(names)+".md", pick(names), pick(folders)+pick(names), pick(names), pick(names)+".md", pick(folders), pick(names)+".png")
			for i := range p.Edges {
				p.Edges[i].Rule = notes.Rule(r.IntN(int(notes.ByAddress) + 1))
			}
			p.Note.Aliases = []string{pick(names)}
			all[p.Note.ID] = p
		}
		others := []store.Other{{ID: pick(folders) + pick(names) + ".png"}, {ID: "a/"}, {ID: "x/" + pick(names) + ".png", Linked: true}}
		once, steps := mk.fresh(t), mk.fresh(t)
		b := store.Batch{Others: others}
		for _, p := range all {
			b.Puts = append(b.Puts, p)
		}
		Apply(t, once, b)
		for _, i := range r.Perm(len(b.Puts)) {
			p := b.Puts[i]
			other := p
			other.Note.Title, other.Note.Aliases, other.Edges = pick(names), []string{pick(names)}, nil
			Apply(t, steps, store.Batch{Puts: []store.Put{other}, Others: others[:1], Gone: []string{others[1].ID}})
			Apply(t, steps, store.Batch{Puts: []store.Put{p}, Deletes: []string{pick(folders) + "gone.md"}})
		}
		Apply(t, steps, store.Batch{Others: others})
		for id := range all {
			if d := cmp.Diff(Targets(t, once, id, store.Out), Targets(t, steps, id, store.Out)); d != "" {
				t.Fatalf("%s: %s", id, d)
			}
		}
		Check(t, once.Close())
		Check(t, steps.Close())
	}
}
