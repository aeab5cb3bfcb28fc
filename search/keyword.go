package search

import (
	"cmp"
	"context"
	"math"
	"slices"

	"amalfa/store"
)

// depth is how many candidates each side brings, at least. Recall at 100 is what later stages can work with.
const depth = 100

// maxTerms bounds the terms of a question that are looked up, rarest first.
const maxTerms = 32

// defaultMaxRows bounds the chunks that BM25 scores for the plain words: one row costs 1.2 µs here, and a common word stands in most
// chunks. Beyond it, only chunks that hold one of the rarer words are scored, still by all the words. Below some 20,000 chunks
// little is ever left out.
const defaultMaxRows = 20_000

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
		for _, t := range ts {
			terms = append(terms, store.Term(t))
		}
		if len(ts) > 1 && len(phrases) < maxTerms {
			phrases = append(phrases, store.Phrase(w))
		}
	}
	rare, common, err := r.byFrequency(ctx, terms)
	if err != nil {
		return "", err
	}
	telling := append(phrases, rare...)
	if len(common) == 0 {
		return store.Or(telling...), nil
	}
	// The left side chooses the rows and the right side adds the common words to their score. What counts twice on one side
	// only would weigh double, so the common words stand there twice.
	all := append(append(slices.Clone(telling), common...), common...)
	return store.And(store.Or(telling...), store.Or(all...)), nil
}

// byFrequency sorts the terms that occur at all, rarest first, and splits them where the rows of the rare ones would exceed
// the Searcher's maxRows. One at least is rare.
func (r *run) byFrequency(ctx context.Context, terms []string) (rare, common []string, err error) {
	slices.Sort(terms)
	terms = slices.Compact(terms)
	rows, err := r.count(ctx, terms, r.maxRows+1)
	if err == nil && !slices.ContainsFunc(terms, func(t string) bool { return rows[t] > 0 && rows[t] <= r.maxRows }) {
		rows, err = r.count(ctx, terms, math.MaxInt32) // all are common: which of them least?
	}
	if err != nil {
		return nil, nil, err
	}
	terms = slices.DeleteFunc(terms, func(t string) bool { return rows[t] == 0 })
	slices.SortStableFunc(terms, func(a, b string) int { return cmp.Compare(rows[a], rows[b]) })
	terms = terms[:min(len(terms), maxTerms)]
	split, sum := 0, 0
	for _, t := range terms {
		if sum += rows[t]; split > 0 && sum > r.maxRows {
			break
		}
		split++
	}
	return terms[:split], terms[split:], nil
}

// count returns how many chunks hold each term, up to limit.
func (r *run) count(ctx context.Context, terms []string, limit int) (map[string]int, error) {
	rows := make(map[string]int, len(terms))
	for _, t := range terms {
		n, err := r.store.Count(ctx, t, limit)
		if err != nil {
			return nil, err
		}
		rows[t] = n
	}
	return rows, nil
}
