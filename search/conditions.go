package search

import (
	"context"
	"fmt"
	"strings"
	"unicode"

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

// A Filter is one that a question holds.
type Filter struct {
	Text    string // as it is typed
	Without string // the question without it
}

// Filters are the filters of a question, so that a page can show each and take it away.
func Filters(typed string) (out []Filter) {
	var q question
	for at, isFilter := 0, false; at < len(typed); {
		rest := strings.TrimLeftFunc(typed[at:], unicode.IsSpace)
		begin := len(typed) - len(rest)
		if rest == "" {
			break
		}
		after, ok := q.readFilter(rest, isFilter)
		if isFilter = ok; !ok {
			_, after = next(rest)
		}
		at = len(typed) - len(after)
		if ok {
			out = append(out, Filter{typed[begin:at], strings.TrimSpace(strings.TrimSpace(typed[:begin]) + " " + strings.TrimSpace(typed[at:]))})
		}
	}
	return out
}
