package mcp

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"amalfa/search"

	"github.com/google/go-cmp/cmp"
)

// fickle judges other passages each time that it is asked.
type fickle struct {
	turns   int
	depth   int
	budgets []time.Duration
	err     error
}

func (f *fickle) Rerank(_ context.Context, _ string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	f.turns++
	f.depth, f.budgets = len(passages), append(f.budgets, budget)
	out := make([]search.Judgement, len(passages))
	for i := range out {
		if (i+f.turns)%3 == 0 {
			out[i] = search.Judgement{Judged: true, Score: float64(i) / 100}
		}
	}
	return out, f.err
}

// TestPagesOfARerankedSearch has every note once, in the order of the first page's judgements.
func TestPagesOfARerankedSearch(t *testing.T) {
	v := newVault(t)
	v.granite(60)
	o, judge := v.options(), &fickle{}
	o.Rerank = search.Rerank{With: judge}
	cs := connect(t, o, nil)
	var ids []string
	scores := 0
	args := map[string]any{"query": "granite block", "limit": 7, "max_tokens": 100_000}
	for {
		out, _ := ask[searchOut](t, cs, "search_documents", args)
		if !strings.Contains(strings.Join(out.Degraded, " "), "reranking judged 16 of 50 passages within 20s") {
			t.Errorf("degraded %q", out.Degraded)
		}
		for _, r := range out.Results {
			ids = append(ids, r.ID)
			if r.Scores.Rerank != nil {
				scores++
			}
		}
		if out.NextCursor == nil {
			break
		}
		args["cursor"] = *out.NextCursor
	}
	if judge.turns != 1 || judge.depth != rerankDepth || judge.budgets[0] != maxRerank {
		t.Errorf("asked %d times for %d passages within %v", judge.turns, judge.depth, judge.budgets)
	}
	once := slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(once) != len(ids) || len(ids) < 60 || scores != 16 {
		t.Errorf("%d results of %d notes, %d of them judged", len(ids), len(once), scores)
	}
	all, _ := ask[searchOut](t, cs, "search_documents", map[string]any{"query": "granite block", "limit": 50, "max_tokens": 100_000})
	if judge.turns != 2 || cmp.Equal(all.Results[0].ID, ids[0]) {
		t.Errorf("asked %d times: a new search is judged anew", judge.turns)
	}
}

// TestSearchesThatAreRerankedOrNot says what was skipped, and nothing where nobody was to be asked.
func TestSearchesThatAreRerankedOrNot(t *testing.T) {
	v := newVault(t)
	for name, test := range map[string]struct {
		err      error
		degraded string
	}{
		"judged":         {nil, ""},
		"none there":     {search.ErrNoReranker, ""},
		"cannot be used": {errors.New("the reranker is starting"), "reranking was skipped: the reranker is starting"},
	} {
		t.Run(name, func(t *testing.T) {
			judge := &fickle{turns: 2, err: test.err} // it judges the first passage
			o := v.options()
			o.Rerank = search.Rerank{With: judge, Budget: time.Second}
			cs := connect(t, o, nil)
			out, _ := ask[searchOut](t, cs, "search_documents", map[string]any{"query": "radio channel twelve"})
			said := slices.DeleteFunc(out.Degraded, func(d string) bool { return !strings.Contains(d, "rerank") })
			if strings.Join(said, "; ") != test.degraded || len(out.Results) == 0 || out.Results[0].ID != "docs/pilots.md" || (out.Results[0].Scores.Rerank != nil) != (test.err == nil) {
				t.Errorf("degraded %q, %+v", out.Degraded, out.Results)
			}
			o.Profile = OpenAI
			found, _ := ask[openAISearchOut](t, connect(t, o, nil), "search", map[string]any{"query": "radio channel twelve"})
			if len(found.Results) == 0 || judge.turns != 4 || !slices.Equal(judge.budgets, []time.Duration{time.Second, time.Second}) {
				t.Errorf("%d turns within %v: %v", judge.turns-2, judge.budgets, found.Results)
			}
		})
	}
}

func TestRankingsAreBounded(t *testing.T) {
	judge, cache := &fickle{}, newRankingCache()
	ask := func(i int, further bool) (turns int) {
		t.Helper()
		before := judge.turns
		if _, err := (cachedReranker{judge, cache, further}).Rerank(t.Context(), "q", []string{strings.Repeat("p", i)}, time.Second); err != nil {
			t.Fatal(err)
		}
		return judge.turns - before
	}
	for i := range 3 * maxRankings {
		if first, further := ask(i, false), ask(i, true); first != 1 || further != 0 {
			t.Fatalf("search %d: asked %d and %d times", i, first, further)
		}
	}
	if cache.Len() != maxRankings || ask(0, true) != 1 {
		t.Errorf("%d are held, the first of %d with them", cache.Len(), 3*maxRankings)
	}
	if keyOf("a", []string{"b"}) == keyOf("ab", nil) || keyOf("1 a", nil) == keyOf("1", []string{"a"}) {
		t.Error("two searches have one key")
	}
}
