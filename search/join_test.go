package search

import (
	"slices"
	"testing"

	"amalfa/notes"
)

func TestJoin(t *testing.T) {
	hit := func(id string, score float64, relaxed bool) Hit { return Hit{ID: id, Score: score, Relaxed: relaxed} }
	home := Answer{Query: "q", Mode: Hybrid, Confidence: Low, Probability: 0.4, Judged: 2, Vectors: Share{1, 2}, Relaxed: []string{`"a b"`},
		Suggestions: []string{"ask otherwise"}, Degraded: []string{"no model"}, Contexts: []notes.Context{{Folder: ".", Text: "home"}, {Folder: "d", Text: "deep"}},
		Results: []Hit{hit("one", 0.4, false), hit("two", 0.9, true)}}
	work := Answer{Query: "q", Mode: Hybrid, Confidence: High, Probability: 0.8, Judged: 3, Vectors: Share{5, 5}, Relaxed: []string{`"a b"`, "-c"},
		Results: []Hit{hit("three", 0.8, false), hit("four", 0.4, false), hit("five", 0.1, true)}}
	got := Join([]Answer{home, work}, []string{"home", "work"}, 4)
	if ids := placesIn(got); !slices.Equal(ids, []string{"work/three", "home/one", "work/four", "home/two"}) {
		t.Errorf("order %v", ids)
	}
	if got.Confidence != High || got.Probability != 0.8 || got.Judged != 5 || got.Vectors != (Share{6, 7}) || len(got.Suggestions) != 0 {
		t.Errorf("head %+v", got)
	}
	if !slices.Equal(got.Relaxed, []string{`"a b"`, "-c"}) || !slices.Equal(got.Degraded, []string{"home: no model"}) {
		t.Errorf("relaxed %q, degraded %q", got.Relaxed, got.Degraded)
	}
	if want := []notes.Context{{Folder: "home", Text: "home"}, {Folder: "home/d", Text: "deep"}}; !slices.Equal(got.Contexts, want) {
		t.Errorf("contexts %v, want %v", got.Contexts, want)
	}
	if home.Results[0].Workspace != "" {
		t.Error("the answers themselves were changed")
	}
	home.Listed, work.Listed = true, true
	if ids := placesIn(Join([]Answer{home, work}, []string{"home", "work"}, 9)); !slices.Equal(ids, []string{"home/one", "work/three", "home/two", "work/four", "work/five"}) {
		t.Errorf("listed in the order %v", ids)
	}
}

func placesIn(a Answer) (out []string) {
	for _, h := range a.Results {
		out = append(out, h.Workspace+"/"+h.ID)
	}
	return out
}
