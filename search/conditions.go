package search

import (
	"context"
	"fmt"
	"strings"

	"amalfa/store"
)

// Conditions reads filters without a question, as "path:docs tag:sea -type:mdx after:2024-03", for whoever narrows a list of notes. What
// is no filter, or has a value that cannot be read, is ErrQuery.
func Conditions(ctx context.Context, st store.Store, text string) ([]store.Condition, error) {
	r := run{Searcher: &Searcher{store: st}}
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		after, ok := r.question.readFilter(rest, len(r.question.filters) > 0)
		if !ok {
			word, _, _ := strings.Cut(rest, " ")
			return nil, fmt.Errorf("%w: %.80q is no filter: write path: tag: type: after: before: or link: with a value", ErrQuery, word)
		}
		rest = after
	}
	if len(r.question.unknown) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrQuery, strings.Join(r.question.unknown, "; "))
	}
	return r.conditions(ctx)
}
