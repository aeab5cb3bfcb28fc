package sonar

import (
	"cmp"
	"fmt"
	"strings"

	"amalfa/search"
	"amalfa/tasks/consent"
)

// Release leaves in an answer of the search what may go to the model, and says what was held back. Relatives of hits, which
// nobody is shown here, go with them.
func Release(policy *consent.Policy, model string, found *search.Answer) []string {
	passages := make([]consent.Passage, len(found.Results))
	for i, h := range found.Results {
		passages[i] = consent.Passage{ID: h.ID, Lines: h.Lines, Text: cmp.Or(h.Text, h.Snippet)}
	}
	free, held := policy.Release(model, passages)
	var hits []search.Hit
	for _, h := range found.Results {
		if len(free) > 0 && free[0].ID == h.ID && free[0].Lines == h.Lines {
			h.Text, h.Snippet = free[0].Text, free[0].Text
			hits, free = append(hits, h), free[1:]
		}
	}
	found.Results = hits
	contexts, more := policy.ReleaseContexts(model, found.Contexts)
	found.Contexts = contexts
	return sayHeld(append(held, more...))
}

// namedHeld is how many pieces that were held back a line names; the rest are counted.
const namedHeld = 5

func sayHeld(held []consent.Held) []string {
	if len(held) == 0 {
		return nil
	}
	var names []string
	for _, h := range held[:min(len(held), namedHeld)] {
		names = append(names, h.String())
	}
	if more := len(held) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return []string{"held back on this machine: " + strings.Join(names, "; ")}
}
