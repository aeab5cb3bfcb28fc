package search

import (
	"cmp"
	"context"
	"math"
	"slices"

	"amalfa/store"
	"amalfa/store/text"
)

// depth is how many candidates each side brings, at least. Recall at 100 is what later stages can work with.
const depth = 100

// maxTerms bounds the terms of a question that are looked up, rarest first.
const maxTerms = 32

// keyword returns the chunks that hold any of the words, best first. A question with phrases needs all of those.
func (r *run) keyword(ctx context.Context) ([]store.Match, error) {
	return r.keywordTo(ctx, max(depth, r.query.Limit))
}

func (r *run) keywordTo(ctx context.Context, limit int) ([]store.Match, error) {
	var exprs []string
	for _, phrase := range r.question.phrases {
		exprs = append(exprs, text.Phrase(phrase))
	}
	words, err := r.wordExpr(ctx)
	if err != nil {
		return nil, err
	}
	expr := text.And(exprs...)
	if expr == "" {
		expr = words
	}
	for _, excluded := range r.question.excluded {
		expr = text.Not(expr, text.Phrase(excluded))
	}
	return r.store.KeywordAmong(ctx, expr, r.allowed, limit)
}

// wordExpr matches any term of the plain words. What is written as one ("bge-small", "日本語") also counts as a phrase.
func (r *run) wordExpr(ctx context.Context) (string, error) {
	var terms, phrases []string
	for _, w := range r.question.words {
		ts := text.QueryTerms(w)
		for _, t := range ts {
			terms = append(terms, text.Term(t))
		}
		if len(ts) > 1 && len(phrases) < maxTerms {
			phrases = append(phrases, text.Phrase(w))
		}
	}
	terms, err := r.rarest(ctx, terms)
	return text.Or(append(phrases, terms...)...), err
}

// rarest returns up to maxTerms of the terms that occur at all, those that the fewest chunks hold.
func (r *run) rarest(ctx context.Context, terms []string) ([]string, error) {
	slices.Sort(terms)
	terms = slices.Compact(terms)
	if len(terms) <= maxTerms {
		return terms, nil
	}
	chunks := make(map[string]int, len(terms))
	for _, t := range terms {
		n, err := r.store.Count(ctx, t, math.MaxInt)
		if err != nil {
			return nil, err
		}
		chunks[t] = n
	}
	terms = slices.DeleteFunc(terms, func(t string) bool { return chunks[t] == 0 })
	slices.SortStableFunc(terms, func(a, b string) int { return cmp.Compare(chunks[a], chunks[b]) })
	return terms[:min(len(terms), maxTerms)], nil
}
