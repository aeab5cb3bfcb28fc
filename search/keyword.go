package search

import (
	"cmp"
	"context"
	"slices"

	"amalfa/store"
)

// depth is how many candidates each side brings, at least. Recall at 100 is what later stages can work with.
const depth = 100

// maxTerms bounds the terms that are looked up; of a longer question the rarest count.
const maxTerms = 32

// A term in more than commonAt chunks says little and costs much: BM25 reads all its postings. The rarest keepTerms terms
// are always looked up.
const (
	commonAt  = 5000
	keepTerms = 3
)

// keyword returns the chunks that hold any of the words, best first. A question with phrases needs all of those.
func (r *run) keyword(ctx context.Context) ([]store.Match, error) {
	var exprs []string
	for _, phrase := range r.question.phrases {
		exprs = append(exprs, store.Phrase(phrase))
	}
	words, err := r.wordExpr(ctx)
	if err != nil {
		return nil, err
	}
	expr := store.And(exprs...)
	if expr == "" {
		expr = words
	}
	for _, text := range r.question.excluded {
		expr = store.Not(expr, store.Phrase(text))
	}
	return r.store.Keyword(ctx, expr, max(depth, r.query.Limit))
}

// wordExpr matches any term of the plain words. What is written as one ("bge-small", "日本語") also counts as a phrase.
func (r *run) wordExpr(ctx context.Context) (string, error) {
	var terms, phrases []string
	for _, w := range r.question.words {
		ts := store.QueryTerms(w)
		terms = append(terms, ts...)
		if len(ts) > 1 {
			phrases = append(phrases, store.Phrase(w))
		}
	}
	terms, err := r.telling(ctx, terms)
	if err != nil {
		return "", err
	}
	exprs := make([]string, 0, len(terms)+len(phrases))
	for _, t := range terms {
		exprs = append(exprs, store.Term(t))
	}
	return store.Or(append(exprs, phrases[:min(len(phrases), maxTerms)]...)...), nil
}

// telling keeps the terms that tell chunks apart: all rare ones, and at least keepTerms.
func (r *run) telling(ctx context.Context, terms []string) ([]string, error) {
	slices.Sort(terms)
	terms = slices.Compact(terms)
	type counted struct {
		term string
		n    int
	}
	counts := make([]counted, 0, len(terms))
	for _, t := range terms {
		n, err := r.store.Count(ctx, store.Term(t), commonAt)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			counts = append(counts, counted{t, n})
		}
	}
	slices.SortStableFunc(counts, func(a, b counted) int { return cmp.Compare(a.n, b.n) })
	var kept []string
	for i, c := range counts {
		if i >= maxTerms || i >= keepTerms && c.n >= commonAt {
			break
		}
		kept = append(kept, c.term)
	}
	return kept, nil
}
