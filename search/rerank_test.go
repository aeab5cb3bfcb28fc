package search

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// judge scores passages by a word they hold; those with "late" it has no time for.
type judge struct {
	scores map[string]float64
	err    error
	asked  []string
	about  string
	short  bool // leaves the last passage out
}

func (j *judge) Rerank(_ context.Context, question string, passages []string, budget time.Duration) ([]Judgement, error) {
	j.asked, j.about = passages, question
	var out []Judgement
	for _, p := range passages {
		var said Judgement
		for word, score := range j.scores {
			if strings.Contains(p, word) && budget != time.Nanosecond {
				said = Judgement{true, score}
			}
		}
		out = append(out, said)
	}
	if j.short {
		out = out[1:]
	}
	return out, j.err
}

func TestRerank(t *testing.T) {
	s := New(vault(t,
		note("a.md", "A", "tide tide tide alpha"), note("b.md", "B", "tide tide beta in a text"),
		note("c.md", "C", "tide gamma in a somewhat longer text"), note("tide.md", "D", "delta tide in the longest text of all the four that there are"),
	), nil, nil)
	fused := []string{"tide.md:1", "a.md:1", "b.md:1", "c.md:1"}
	for _, test := range []struct {
		name     string
		judge    judge
		budget   time.Duration
		limit    int
		want     []string
		degraded string
	}{
		{"all judged", judge{scores: map[string]float64{"alpha": .1, "beta": .5, "gamma": .9, "delta": .2}}, 0, 4, []string{"tide.md:1", "c.md:1", "b.md:1", "a.md:1"}, ""},
		{"some judged", judge{scores: map[string]float64{"beta": .5, "gamma": .9}}, time.Second, 4, []string{"c.md:1", "b.md:1", "tide.md:1", "a.md:1"}, "judged 2 of 4 passages within 1s"},
		{"brings up what was out of sight", judge{scores: map[string]float64{"alpha": .1, "beta": .5, "gamma": .9, "delta": .2}}, 0, 2, []string{"tide.md:1", "c.md:1"}, ""},
		{"no time", judge{scores: map[string]float64{"gamma": .9}}, time.Nanosecond, 4, fused, "skipped: no passage was judged within 1ns"},
		{"nobody to ask", judge{err: fmt.Errorf("ask: %w", ErrNoReranker)}, time.Second, 4, fused, ""},
		{"too few answers", judge{short: true}, time.Second, 4, fused, "skipped: the reranker did not answer for every passage"},
		{"fails", judge{err: errors.New("the service left")}, time.Second, 4, fused, "skipped: the service left"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := ask(t, s, Query{Text: "tide", Mode: Keyword, Limit: test.limit, Rerank: Rerank{Always: true, With: &test.judge, Budget: test.budget}})
			if diff := cmp.Diff(test.want, places(a)); diff != "" {
				t.Error(diff)
			}
			if got := strings.Join(a.Degraded, "; "); (got == "") != (test.degraded == "") || !strings.Contains(got, test.degraded) {
				t.Errorf("degraded %q", got)
			}
			for i, h := range a.Results {
				if i > 0 && h.Score > a.Results[i-1].Score {
					t.Errorf("score %v after %v", h.Score, a.Results[i-1].Score)
				}
				if h.Scores.Rerank != nil && *h.Scores.Rerank != test.judge.scores[[]string{"alpha", "beta", "gamma", "delta"}[strings.Index("abct", h.ID[:1])]] {
					t.Errorf("%s: %v", h.ID, *h.Scores.Rerank)
				}
			}
		})
	}
}

func TestRerankReadsHeadings(t *testing.T) {
	for text, want := range map[string]string{
		"tide text":                          "Harbour\nTables\ntide text",
		"## Tables\n\ntide text":             "Harbour\n## Tables\n\ntide text",
		"# Harbour\n## Tables ##\ntide text": "# Harbour\n## Tables ##\ntide text",
		"tide text\n# Tables":                "Harbour\nTables\ntide text\n# Tables",
	} {
		put := note("a.md", "A", text)
		put.Chunks[0].Heading = []string{"Harbour", "Tables"}
		j := &judge{scores: map[string]float64{"tide": .5}}
		a := ask(t, New(vault(t, put), nil, nil), Query{Text: "tide", Mode: Keyword, Rerank: Rerank{Always: true, With: j}})
		if diff := cmp.Diff([]string{want}, j.asked); diff != "" || *a.Results[0].Scores.Rerank != .5 || a.Results[0].Scores.Fused != nil {
			t.Errorf("%s %+v", diff, a.Results[0].Scores)
		}
	}
}

// TestRerankDepth reads as many candidates as were asked for, so that a longer list begins as the shorter one did.
func TestRerankDepth(t *testing.T) {
	s := New(vault(t, note("a.md", "A", "tide tide tide alpha"), note("b.md", "B", "tide tide beta in a text"), note("c.md", "C", "tide gamma in a somewhat longer text")), nil, nil)
	for limit, want := range map[int][]string{1: {"b.md:1"}, 3: {"b.md:1", "a.md:1", "c.md:1"}} {
		j := &judge{scores: map[string]float64{"alpha": .1, "beta": .5, "gamma": .9}}
		a := ask(t, s, Query{Text: "tide", Mode: Keyword, Limit: limit, Rerank: Rerank{Always: true, With: j, Depth: 2}})
		if diff := cmp.Diff(want, places(a)); diff != "" || len(j.asked) != 2 {
			t.Errorf("limit %d, %d passages read: %s", limit, len(j.asked), diff)
		}
	}
}

// TestRerankQuestion gives the reader the question alone, as it was put.
func TestRerankQuestion(t *testing.T) {
	s := New(vault(t, note("docs/a.md", "A", "the tide tables hang at the quay")), nil, nil)
	for text, want := range map[string]string{
		"where do the tide tables hang?":          "where do the tide tables hang?",
		`"tide tables" quay`:                      `"tide tables" quay`,
		"path:docs where do the tide tables hang": "where do the tide tables hang",
		"tide tables -harbour type:md":            "tide tables",
	} {
		j := &judge{}
		ask(t, s, Query{Text: text, Mode: Keyword, Rerank: Rerank{Always: true, With: j}})
		if j.about != want {
			t.Errorf("%q: asked %q", text, j.about)
		}
	}
}
