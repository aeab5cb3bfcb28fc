package search

import (
	"cmp"
	"context"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"amalfa/store"
	"amalfa/store/text"
)

// identifier matches what people and programs write one way only: getUserID, snake_case, x15, v1.5, pkg.Func, a::b, main.go,
// path/to/file, 202403051430. A hyphen alone ("high-speed"), "and/or", "i.e.", a year and a capital at the start do not make one.
var identifier = regexp.MustCompile(`\p{Ll}\p{Lu}|\d{6}|[\pL\d]_[\pL\d]|\pL-?\d|\d\pL|[\pL\d]\.\pL{2}|\pL::\pL|/.+/`)

// depth is how many candidates each side brings, at least. Recall at 100 is what later stages can work with.
const depth = 100

// maxTerms bounds the terms of a question that are looked up, rarest first.
const maxTerms = 32

// keyword returns the first limit chunks that hold any of the words, best first. A question with phrases needs all of those.
func (r *run) keyword(ctx context.Context, limit int) ([]store.Match, error) {
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
	r.expr = expr
	narrowed := expr
	for _, x := range r.question.excluded {
		narrowed = text.Not(narrowed, text.Phrase(x.text))
	}
	matches, err := r.store.KeywordAmong(ctx, narrowed, r.allowed, limit)
	if err != nil {
		return nil, err
	}
	flags, err := r.flags(ctx, expr, limit)
	if len(flags) > 0 {
		matches = bestOf(append(matches, flags...), limit)
	}
	return matches, err
}

// keywords returns the scores of those of the chunks that hold any of the words: what vectors bring up is ranked by words, too.
func (r *run) keywords(ctx context.Context, chunks []int64) (map[int64]float64, error) {
	if r.expr == "" || len(chunks) == 0 {
		return nil, nil
	}
	matches, err := r.store.KeywordAmong(ctx, r.expr, store.NewSet(chunks), len(chunks))
	scores := make(map[int64]float64, len(matches))
	for _, m := range matches {
		scores[m.Chunk] = m.Score
	}
	return scores, err
}

// flags returns the first limit chunks of those for an expression that hold an excluded word, and only as a flag.
func (r *run) flags(ctx context.Context, expr string, limit int) ([]store.Match, error) {
	var words []string
	for _, x := range r.question.excluded {
		if x.flag != "" {
			words = append(words, text.Phrase(x.text))
		}
	}
	if len(words) == 0 || expr == "" {
		return nil, nil
	}
	found, err := r.store.KeywordAmong(ctx, text.And(expr, text.Or(words...)), r.allowed, max(depth, min(limit, MaxLimit)))
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(found))
	for i, m := range found {
		ids[i] = m.Chunk
	}
	if ids, err = r.permitted(ctx, ids); err != nil || len(ids) == 0 {
		return nil, err
	}
	return r.store.KeywordAmong(ctx, expr, store.NewSet(ids), limit) // the score without the excluded word
}

func bestOf(matches []store.Match, limit int) []store.Match {
	slices.SortFunc(matches, func(a, b store.Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Chunk, b.Chunk))
	})
	return matches[:min(limit, len(matches))]
}

// maxSpellings bounds the other spellings of a question that are looked up.
const maxSpellings = 4 * maxTerms

// wordExpr matches any term of the plain words, each as often as it was written: in a question of several sentences that is what it
// is about. What is written as one ("bge-small", "日本語") also counts as a phrase, and other spellings of a name count as the name.
func (r *run) wordExpr(ctx context.Context) (string, error) {
	var phrases []string
	times := map[string]int{}
	for _, w := range r.question.words {
		ts := text.QueryTerms(w)
		for _, t := range ts {
			times[text.Term(t)]++
		}
		if len(ts) > 1 && len(phrases) < maxTerms {
			phrases = append(phrases, text.Phrase(w))
		}
	}
	spellings := text.Spellings(strings.Join(r.question.words, " "))
	terms, err := r.rarest(ctx, slices.AppendSeq(spellings[:min(len(spellings), maxSpellings)], maps.Keys(times)))
	for _, t := range terms {
		for range max(times[t], 1) {
			phrases = append(phrases, t)
		}
	}
	return text.Or(phrases...), err
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
