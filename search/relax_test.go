package search

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shore is a vault whose notes differ in what a question may ask for.
func shore(t *testing.T) *Searcher {
	both, tide, moon, rm := note("both.md", "Both", "high water comes with the tide"), note("tide.md", "Tide", "the tide, and water that is high"),
		note("moon.md", "Moon", "the moon pulls the tide"), note("rm.md", "Delete", "never run rm -rf data, nor tar -xzf data")
	both.Note.Tags, both.Note.Kind = []string{"sea"}, "markdown"
	moon.Note.Tags, moon.Note.Kind = []string{"sky"}, "go"
	return New(vault(t, both, tide, moon, rm), nil, nil)
}

// TestRelaxed: what satisfies the question comes first, and the rest below, marked and named.
func TestRelaxed(t *testing.T) {
	s := shore(t)
	for _, c := range []struct {
		text    string
		limit   int
		hits    []string // the relaxed ones with a ~
		relaxed []string
		suggest []string
	}{
		{text: `tide "high water"`, hits: []string{"both.md", "~tide.md", "~moon.md"}, relaxed: []string{`"high water"`}},
		{text: `tide “high water”`, limit: 1, hits: []string{"both.md"}},
		{text: `"high water"`, hits: []string{"both.md"}},
		{text: `"high water" path:*.md`, hits: []string{"both.md"}},
		{text: `"low tide"`, hits: []string{"~tide.md", "~moon.md", "~both.md"}, relaxed: []string{`"low tide"`}, suggest: []string{"without the quotes: low tide"}},
		{text: `tide -pulls`, hits: []string{"tide.md", "both.md", "~moon.md"}, relaxed: []string{"-pulls"}},
		{text: `tide -"the moon"`, hits: []string{"tide.md", "both.md", "~moon.md"}, relaxed: []string{`-"the moon"`}},
		{text: "tide tag:sea", hits: []string{"both.md"}},
		{text: "tide tag:none", hits: []string{"~tide.md", "~moon.md", "~both.md"}, relaxed: []string{"tag:none"}},
		{text: "tide tag:none type:go", hits: []string{"~moon.md"}, relaxed: []string{"tag:none"}},
		{text: "tide Tag:sea TYPE:go", hits: []string{"~both.md"}, relaxed: []string{"type:go"}},
		{text: "the type:moon error", hits: []string{"~moon.md", "~tide.md", "~both.md"}, relaxed: []string{"type:moon"}},
		{text: "tag:none", suggest: []string{"no note satisfies tag:none"}},
		{text: "tag:sea tag:sky", suggest: []string{"each filter alone has notes; no note satisfies all of them"}},
		{text: "rm -rf data", hits: []string{"rm.md"}},
		{text: "tar -xzf data", hits: []string{"rm.md"}},
		{text: "\u200f\"high water\"\u202c tide", limit: 1, hits: []string{"both.md"}},
		{text: "tide \u200etag:sea", hits: []string{"both.md"}},
	} {
		a := ask(t, s, Query{Text: c.text, Mode: Keyword, Limit: c.limit})
		var got []string
		for _, h := range a.Results {
			if h.Relaxed {
				h.ID = "~" + h.ID
			}
			got = append(got, h.ID)
		}
		// Which of two notes that satisfy alike comes first is not what this is about.
		sortAlike(got)
		sortAlike(c.hits)
		if d := cmp.Diff(c.hits, got) + cmp.Diff(c.relaxed, a.Relaxed) + cmp.Diff(c.suggest, a.Suggestions); d != "" {
			t.Errorf("%s: %s", c.text, d)
		}
		before := 1.1
		for _, h := range a.Results {
			if h.Score >= before && !a.Listed {
				t.Errorf("%s: %v after %v", c.text, h.Score, before)
			}
			before = h.Score
		}
		strict := ask(t, s, Query{Text: c.text, Mode: Keyword, Limit: c.limit, Strict: true})
		if slices.ContainsFunc(strict.Results, func(h Hit) bool { return h.Relaxed }) || len(strict.Relaxed) > 0 {
			t.Errorf("%s, strict: %v %v", c.text, idsOf(strict), strict.Relaxed)
		}
	}
}

// sortAlike orders the names that satisfy a question, and those that do not, each among themselves.
func sortAlike(names []string) {
	at := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, "~") })
	if at < 0 {
		at = len(names)
	}
	slices.Sort(names[:at])
	slices.Sort(names[at:])
}

// TestRelaxedUnusable: a filter that is none is a part of a sentence, unless the question is nothing else.
func TestRelaxedUnusable(t *testing.T) {
	s := shore(t)
	for _, filter := range []string{"after:lunch", "before:the", "link:http://x.org", "path:../x", "tag:,", `tag:"?!"`} {
		a := ask(t, s, Query{Text: "tide " + filter, Mode: Keyword})
		if len(a.Results) != 3 || !a.Results[0].Relaxed || len(a.Relaxed) != 1 || len(a.Degraded) != 1 {
			t.Errorf("%s: %v %q %q", filter, idsOf(a), a.Relaxed, a.Degraded)
		}
		if _, err := s.Search(t.Context(), Query{Text: filter, Mode: Keyword}); !errors.Is(err, ErrQuery) {
			t.Errorf("%s alone: %v", filter, err)
		}
	}
}

// TestPlain: a question of a collection has no operators.
func TestPlain(t *testing.T) {
	s := shore(t)
	for _, text := range []string{`tide "low moon"`, "tide -moon", "tide tag:none", `"low tide" after:lunch`, "-tide", `"" - tide «`} {
		a := ask(t, s, Query{Text: text, Mode: Keyword, Plain: true})
		if len(a.Results) != 3 || len(a.Relaxed)+len(a.Degraded)+len(a.Suggestions) > 0 || a.Results[0].Relaxed {
			t.Errorf("%s: %v %q %q", text, idsOf(a), a.Relaxed, a.Degraded)
		}
	}
}

func TestWhyNotRelaxed(t *testing.T) {
	s := shore(t)
	for _, c := range []struct {
		id     string
		q      Query
		stage  string
		reason string
	}{
		{"moon.md", Query{Text: `tide "high water"`}, StageShown, "below what satisfies the whole question"},
		{"moon.md", Query{Text: `tide "high water"`, Strict: true}, StageExcluded, "quoted phrase"},
		{"moon.md", Query{Text: `tide "high water"`, Limit: 1}, StageExcluded, "quoted phrase"},
		{"moon.md", Query{Text: `"high water"`}, StageExcluded, "quoted phrase"},
		{"moon.md", Query{Text: "tide tag:sea"}, StageFilter, "tag:sea"},
		{"moon.md", Query{Text: "tide tag:none"}, StageShown, "rank"},
	} {
		c.q.Mode = Keyword
		v, err := s.WhyNot(t.Context(), c.id, c.q)
		if err != nil || v.Stage != c.stage || !strings.Contains(v.Reason, c.reason) {
			t.Errorf("%+v: %+v %v", c.q, v, err)
		}
	}
}
