package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"amalfa/store"
	"amalfa/store/text"
)

// People and agents ask in prose, in which quotes, dashes and colons are what they are everywhere. What narrows a question is
// therefore taken at its word first, and where that leaves too little, relaxed: the rest follows below, marked, and the answer
// names what was relaxed. Query.Strict leaves it at the first step.

// holdFilters sets the chunks that the filters allow. Where no note satisfies all filters, those are relaxed that leave nothing
// together with those before them, and their values become words: nearly always such a "type:error" was a part of a sentence.
func (r *run) holdFilters(ctx context.Context) (err error) {
	r.allowed, err = r.among(ctx)
	if r.query.Strict || err != nil && !errors.Is(err, ErrQuery) || err == nil && !r.allowed.Empty() || r.question.empty() {
		return err
	}
	if len(r.question.filters) == 0 || tooMany(r.question.filters) {
		return err // the index is empty, or SQLite takes no more
	}
	filters := r.question.filters
	r.question.filters, r.allowed = nil, nil
	for _, f := range filters {
		held := r.question.filters
		r.question.filters = append(slices.Clone(held), f)
		allowed, err := r.among(ctx)
		if err == nil && !allowed.Empty() {
			r.allowed = allowed
			continue
		}
		if err != nil && !errors.Is(err, ErrQuery) {
			return err
		}
		r.question.filters = held
		r.relaxFilter(f, err)
	}
	return nil
}

// relaxFilter turns a filter into words. err says why it is none, if it is not that no note satisfies it.
func (r *run) relaxFilter(f store.Condition, err error) {
	r.relaxed = append(r.relaxed, describeFilter(f))
	if err != nil {
		r.degrade("%s was looked for as words: %s", describeFilter(f), strings.TrimPrefix(err.Error(), ErrQuery.Error()+": "))
	}
	if f.Not {
		return
	}
	for _, v := range f.Values {
		if len(text.QueryTerms(v)) > 0 {
			r.question.words = append(r.question.words, strings.Fields(v)...)
		}
	}
}

// withRelaxed adds below the candidates that satisfy the question, where they are fewer than are to be shown, the best of those
// that do not. A question of nothing but phrases, with filters, means what it says while anything satisfies it.
func (r *run) withRelaxed(ctx context.Context, found []candidate) ([]candidate, error) {
	q := r.question
	narrows := len(q.phrases)+len(q.excluded) > 0
	exact := len(q.words) == 0 && q.meaning == ""
	if r.query.Strict || !narrows || len(found) >= r.query.Limit || exact && len(found) > 0 {
		return r.markRelaxed(found), nil
	}
	if exact && len(q.phrases) > 0 {
		r.suggestions = append(r.suggestions, "without the quotes: "+strings.Join(q.phrases, " "))
	}
	rest := *r
	rest.degraded, rest.question = nil, q.relax()
	if len(found) > 0 {
		rest.query.Rerank = Rerank{} // its time is spent, on those that stand above
	}
	more, err := rest.rankedOnce(ctx)
	if err != nil {
		return nil, err
	}
	for _, why := range rest.degraded {
		if !slices.Contains(r.degraded, why) {
			r.degraded = append(r.degraded, why)
		}
	}
	if r.judged = max(r.judged, rest.judged); rest.assessor != nil {
		r.assessor = rest.assessor // it counts words and phrases alike
	}
	return append(r.markRelaxed(found), r.unlike(found, more)...), nil
}

// relax is the question with its phrases as words and nothing excluded.
func (q question) relax() question {
	q.words = slices.Clone(q.words)
	for _, p := range q.phrases {
		q.words = append(q.words, strings.Fields(p)...)
	}
	q.phrases, q.excluded = nil, nil
	return q
}

// markRelaxed marks what satisfies all but a relaxed filter.
func (r *run) markRelaxed(found []candidate) []candidate {
	for i := range found {
		found[i].relaxed = len(r.relaxed) > 0
	}
	return found
}

// unlike returns the candidates that are not among those above, nor folded under one, marked as relaxed.
func (r *run) unlike(above, more []candidate) (rest []candidate) {
	chunks, ids := map[int64]bool{}, map[string]bool{}
	for _, c := range above {
		chunks[c.chunk.ID] = true
		for _, id := range append(slices.Clone(c.folded), c.chunk.Note) {
			ids[id] = !r.query.Passages
		}
	}
	for _, c := range more {
		if chunks[c.chunk.ID] || ids[c.chunk.Note] {
			continue
		}
		c.relaxed = true
		c.folded = slices.DeleteFunc(slices.Clone(c.folded), func(id string) bool { return ids[id] })
		c.why.FinalRank = len(above) + len(rest) + 1
		rest = append(rest, c)
	}
	return rest
}

// unsatisfied names what the question asks for and some of the hits lack: relaxed filters, phrases, and excluded words.
func (r *run) unsatisfied(ctx context.Context, hits []Hit) ([]string, error) {
	out := slices.Clone(r.relaxed)
	var ids []int64
	for _, h := range hits {
		if h.Relaxed {
			ids = append(ids, h.Chunk)
		}
	}
	if len(ids) == 0 || r.query.Strict {
		return out, nil
	}
	for _, p := range r.question.phrases {
		holding, err := r.store.Matching(ctx, text.Phrase(p), ids)
		if err != nil {
			return nil, err
		}
		if len(holding) < len(ids) {
			out = append(out, fmt.Sprintf("%q", p))
		}
	}
	for _, x := range r.question.excluded {
		holding, err := r.excludedBy(ctx, x, ids)
		if err != nil {
			return nil, err
		}
		if len(holding) > 0 {
			out = append(out, x.typed())
		}
	}
	return out, nil
}

// excludedBy tells which of the chunks hold what is excluded.
func (r *run) excludedBy(ctx context.Context, x exclusion, ids []int64) (map[int64]bool, error) {
	holding, err := r.store.Matching(ctx, text.Phrase(x.text), ids)
	if err == nil && x.flag != "" {
		err = r.forgive(ctx, holding, x.flag)
	}
	return holding, err
}

func (x exclusion) typed() string {
	if x.flag != "" {
		return x.flag
	}
	return fmt.Sprintf("-%q", x.text)
}

// suggestFilter says which filters of a list that is empty no note satisfies, each alone.
func (r *run) suggestFilter(ctx context.Context) error {
	for _, f := range r.question.filters {
		alone := run{Searcher: r.Searcher, query: r.query, question: question{filters: []store.Condition{f}}}
		allowed, err := alone.among(ctx)
		if err != nil {
			return err
		}
		if allowed.Empty() {
			r.suggestions = append(r.suggestions, "no note satisfies "+describeFilter(f))
		}
	}
	if len(r.suggestions) == 0 && len(r.question.filters) > 1 {
		r.suggestions = append(r.suggestions, "each filter alone has notes; no note satisfies all of them")
	}
	return nil
}

func tooMany(filters []store.Condition) bool {
	n := 0
	for _, f := range filters {
		n += len(f.Values)
	}
	return n > maxFilterValues
}

// describeFilter is a filter as it would be typed.
func describeFilter(f store.Condition) string {
	values := slices.Clone(f.Values)
	for i, v := range values {
		if strings.ContainsAny(v, " \t,") {
			values[i] = `"` + v + `"`
		}
	}
	sign := ""
	if f.Not {
		sign = "-"
	}
	return sign + string(f.By) + ":" + strings.Join(values, ",")
}
