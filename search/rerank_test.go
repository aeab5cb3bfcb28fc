package search

import (
	"context"
	"errors"
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
}

func (j *judge) Rerank(_ context.Context, _ string, passages []string, budget time.Duration) ([]Judgement, error) {
	j.asked = passages
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
		{"fails", judge{err: errors.New("the service left")}, time.Second, 4, fused, "skipped: the service left"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := ask(t, s, Query{Text: "tide", Mode: Keyword, Limit: test.limit, Rerank: Rerank{&test.judge, test.budget}})
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
	put := note("a.md", "A", "tide text")
	put.Chunks[0].Heading = []string{"Harbour", "Tables"}
	j := &judge{scores: map[string]float64{"tide": .5}}
	a := ask(t, New(vault(t, put), nil, nil), Query{Text: "tide", Mode: Keyword, Rerank: Rerank{With: j}})
	if diff := cmp.Diff([]string{"Harbour\nTables\ntide text"}, j.asked); diff != "" || *a.Results[0].Scores.Rerank != .5 || a.Results[0].Scores.Fused != nil {
		t.Errorf("%s %+v", diff, a.Results[0].Scores)
	}
}
