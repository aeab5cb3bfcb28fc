package search

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

func TestFilters(t *testing.T) {
	tides := note("docs/tides.md", "Tides", "high water comes twice", "low water too")
	tides.Note.Tags, tides.Note.Date, tides.Note.Kind = []string{"sea"}, "2024-03-05", "markdown"
	moon := note("sky/moon.md", "Moon", "the moon and the water")
	moon.Note.Date, moon.Note.Kind = "2025-01-01", "markdown"
	moon.Edges = []store.Edge{{Target: "Tides", Type: "LINKS_TO"}}
	code := note("src/my file.go", "main", "water := 1")
	code.Note.Date, code.Note.Kind = "2023-01-01", "go"
	s := New(vault(t, tides, moon, code), nil, nil)
	for text, want := range map[string][]string{
		"water":                          {"docs/tides.md:2", "src/my file.go:1", "sky/moon.md:1"},
		"water path:docs/":               {"docs/tides.md:2"},
		"path:docs/,sky/ water":          {"docs/tides.md:2", "sky/moon.md:1"},
		"water -path:src":                {"docs/tides.md:2", "sky/moon.md:1"},
		`water path:"my file"`:           {"src/my file.go:1"},
		"water tag:#sea":                 {"docs/tides.md:2"},
		"water type:go":                  {"src/my file.go:1"},
		"water type:.md after:2024-06":   {"sky/moon.md:1"},
		"water after:2024 before:2025":   {"docs/tides.md:2"},
		"water link:Tides":               {"sky/moon.md:1"},
		"water tag:none":                 nil,
		"type:markdown":                  {"sky/moon.md:1", "docs/tides.md:1"},
		"before:2024-01-01":              {"src/my file.go:1"},
		"tag:sea\nwater":                 {"docs/tides.md:2"},
		"water\tpath:src\u00a0\n":        {"src/my file.go:1"},
		`water "path:docs" -type:colour`: nil,
	} {
		a := ask(t, s, Query{Text: text, Mode: Keyword, Strict: true})
		if d := cmp.Diff(want, places(a)); d != "" || len(a.Degraded) > 0 {
			t.Errorf("%s: %s %v", text, d, a.Degraded)
		}
	}
	for text, want := range map[string]string{
		"water after:soon": "is no date", "water link:Sun": `no note answers to "Sun"`, "water tag:,": "no value",
		"water path:" + strings.Repeat("a,", 1000): "more than 200 values", strings.Repeat("tag:a ", 1000): "more than 200 values",
	} {
		if _, err := s.Search(t.Context(), Query{Text: text, Mode: Keyword, Strict: true}); !errors.Is(err, ErrQuery) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if a := ask(t, s, Query{Text: "water author:me", Mode: Keyword}); len(a.Degraded) != 1 || !strings.Contains(a.Degraded[0], "author: is no filter") || len(a.Results) != 3 {
		t.Errorf("an unknown filter: %+v", a)
	}
	for _, text := range []string{"water http://x.org", "water std::max", "water 10:30", "water fix: it", "water C:\\x"} {
		if a := ask(t, s, Query{Text: text, Mode: Keyword}); len(a.Degraded) > 0 {
			t.Errorf("%s: %v", text, a.Degraded)
		}
	}
}

func TestFoldAroundExplain(t *testing.T) {
	long := strings.Repeat("the ebb leaves the harbour dry at noon and the boats lie on the sand ", 3)
	s := New(vault(t,
		note("a.md", "A", "before", long+"!", "after", "later"), note("b.md", "B", long+"..."), note("c.md", "C", "a harbour elsewhere"),
	), nil, nil)
	a := ask(t, s, Query{Text: "harbour boats", Mode: Keyword, Around: 1})
	if d := cmp.Diff([]string{"a.md:2", "c.md:1"}, places(a)); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff([]string{"b.md"}, a.Results[0].Same); d != "" {
		t.Error(d)
	}
	a = ask(t, s, Query{Text: "harbour boats path:a.md", Mode: Keyword, Around: 1})
	h := a.Results[0]
	if len(h.Before) != 1 || h.Before[0].Text != "before" || len(h.After) != 1 || h.After[0].Text != "after" || h.After[0].Lines != [2]int{3, 3} {
		t.Errorf("around: %+v %+v", h.Before, h.After)
	}
	if d := cmp.Diff(Explanation{KeywordRank: 1, FusedRank: 1, FinalRank: 1, Evidence: Evidence{Found: 1}}, h.Why); d != "" {
		t.Error(d)
	}
	if all := ask(t, s, Query{Text: "harbour boats", Mode: Keyword, Passages: true}); len(all.Results) != 3 {
		t.Errorf("all passages: %v", places(all))
	}
}
