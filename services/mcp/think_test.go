package mcp

import (
	"context"
	"slices"
	"strings"
	"testing"

	"amalfa/search"
)

// TestPagesOfASearchWithAModel has every note once, in the order of the model's first answer.
func TestPagesOfASearchWithAModel(t *testing.T) {
	v := newVault(t)
	v.granite(60)
	o, asked := v.options(), 0
	o.Think = func(_ context.Context, found *search.Answer) {
		asked++
		for range asked { // another order each time
			slices.Reverse(found.Results[:min(5, len(found.Results))])
		}
		found.Results[0].Snippet = "the words that answer"
		found.Degraded = append(found.Degraded, "the model said so")
	}
	cs := connect(t, o, nil)
	plain := v.options()
	unthought, _ := ask[searchOut](t, connect(t, plain, nil), "search_documents", map[string]any{"query": "granite block", "limit": 7, "max_tokens": 100_000})
	var ids []string
	args := map[string]any{"query": "granite block", "limit": 7, "max_tokens": 100_000}
	for {
		out, _ := ask[searchOut](t, cs, "search_documents", args)
		if len(ids) == 0 && !strings.Contains(strings.Join(out.Degraded, " "), "the model said so") {
			t.Errorf("degraded %q", out.Degraded)
		}
		for _, r := range out.Results {
			ids = append(ids, r.ID)
		}
		if out.NextCursor == nil {
			break
		}
		args["cursor"] = *out.NextCursor
	}
	if once := slices.Compact(slices.Sorted(slices.Values(ids))); len(once) != len(ids) || len(ids) < 60 || asked != 1 {
		t.Errorf("%d results of %d notes; the model was asked %d times", len(ids), len(once), asked)
	}
	for i := range 5 {
		if ids[i] != unthought.Results[4-i].ID {
			t.Errorf("result %d is %s and not %s", i, ids[i], unthought.Results[4-i].ID)
		}
	}
	o.Profile = OpenAI
	if out, _ := ask[openAISearchOut](t, connect(t, o, nil), "search", map[string]any{"query": "granite block"}); asked != 2 || len(out.Results) == 0 {
		t.Errorf("asked %d times: %v", asked, out.Results)
	}
}
