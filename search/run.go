package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"amalfa/store"
)

// run is the work for one question.
type run struct {
	*Searcher
	query    Query
	question question
	allowed  *store.Set // by the filters; nil for all
	degraded []string
	expr     string    // of the words and phrases, as far as it adds to a score; set by keyword
	assessor *assessor // of the question's hits; nil for a list
	lookup   lookup
	judged   int      // passages that the reranker read
	relaxed  []string // filters that no note satisfies, as typed

	suggestions []string
}

func (r *run) answer(ctx context.Context) (Answer, error) {
	r.degraded = append(r.degraded, r.question.unknown...)
	if err := r.rebuilding(ctx); err != nil {
		return Answer{}, err
	}
	found, err := r.ranked(ctx)
	if err != nil {
		return Answer{}, err
	}
	if len(found) > r.query.Limit {
		found = found[:r.query.Limit]
	}
	hits, err := r.hits(ctx, found)
	if err != nil {
		return Answer{}, err
	}
	if err := r.suggest(ctx, hits); err != nil {
		return Answer{}, err
	}
	ans := Answer{Query: r.query.Text, Mode: r.query.Mode, Results: hits, Degraded: r.degraded, Confidence: None, Listed: r.question.empty(), Judged: r.judged, Suggestions: r.suggestions}
	if len(hits) > 0 {
		ans.Confidence, ans.Probability = hits[0].Confidence, hits[0].Score
	}
	if ans.Results = atLeast(hits, r.query.MinConfidence); len(ans.Results) > 0 {
		err = r.around(ctx, ans.Results)
	}
	if err == nil {
		ans.Relaxed, err = r.unsatisfied(ctx, ans.Results)
	}
	if err == nil {
		ans.Vectors, err = r.vectors(ctx)
	}
	if len(hits) > 0 && ans.Confidence == None && r.mayWait(ans.Vectors) {
		ans.Confidence = Low
	}
	if ans.Listed {
		ans.unjudged()
	}
	return ans, err
}

// mayWait tells whether the answer may be among the passages that wait for their vectors: that nothing answers is not known while that
// is likelier than what counts as a low confidence.
func (r *run) mayWait(s Share) bool {
	return r.query.Mode != Keyword && r.embedder != nil && r.assessor != nil && s.missing() > r.assessor.lowest()
}

// unjudged takes the mode and the judgement off a list by filters alone: it is in order of time, and nothing was compared.
func (a *Answer) unjudged() {
	a.Mode, a.Confidence, a.Probability = "", "", 0
	for i := range a.Results {
		a.Results[i].Score, a.Results[i].Confidence = 0, ""
	}
}

// vectors counts the passages, and those of them that have a vector of the model that answers.
func (r *run) vectors(ctx context.Context) (Share, error) {
	chunks, _, err := r.frequencies(ctx, nil)
	if err != nil {
		return Share{}, err
	}
	return vectorsOf(ctx, r.store, chunks)
}

// ranked returns every candidate that could be shown, best first.
func (r *run) ranked(ctx context.Context) ([]candidate, error) {
	if r.question.empty() {
		return r.list(ctx)
	}
	if err := r.holdFilters(ctx); err != nil || r.allowed.Empty() {
		return nil, err
	}
	found, err := r.rankedOnce(ctx)
	if err != nil {
		return nil, err
	}
	return r.withRelaxed(ctx, found)
}

// rankedOnce returns the candidates among the allowed that satisfy the question, best first.
func (r *run) rankedOnce(ctx context.Context) ([]candidate, error) {
	found, near, err := r.expand(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.rank(ctx, found, near); err != nil {
		return nil, err
	}
	if !r.query.Passages {
		if found, err = dedupe(ctx, bestPerNote(found), near); err != nil {
			return nil, err
		}
	}
	if r.assessor, err = r.newAssessor(ctx, near); err != nil {
		return nil, err
	}
	if found, err = r.sink(ctx, found); err != nil {
		return nil, err
	}
	if found, err = r.rerank(ctx, found); err != nil {
		return nil, err
	}
	explain(found, func(e *Explanation) *int { return &e.FinalRank })
	return found, nil
}

// bestPerNote keeps the first of each note's candidates.
func bestPerNote(ranked []candidate) []candidate {
	seen := map[string]bool{}
	return slices.DeleteFunc(ranked, func(c candidate) bool {
		again := seen[c.chunk.Note]
		seen[c.chunk.Note] = true
		return again
	})
}

func (r *run) hits(ctx context.Context, ranked []candidate) ([]Hit, error) {
	hits := make([]Hit, 0, len(ranked))
	marks, err := r.marks(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.readNotes(ctx, ranked); err != nil {
		return nil, err
	}
	telling, before := marks.telling(), 1.0
	for _, c := range ranked {
		n, ok := r.lookup.notes[c.chunk.Note]
		if !ok {
			continue // deleted since
		}
		v := r.assessor.judgement(c, n).below(before)
		before = v.probability
		hits = append(hits, r.hit(c, n, v, marks, telling))
	}
	return hits, nil
}

// around adds the passages beside each hit.
func (r *run) around(ctx context.Context, hits []Hit) error {
	if r.query.Around == 0 {
		return nil
	}
	for i := range hits {
		chunks, err := r.store.Chunks(ctx, hits[i].ID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(chunks, func(c store.Chunk) bool { return c.ID == hits[i].Chunk })
		if at < 0 {
			continue // changed since
		}
		hits[i].Before = beside(chunks[max(0, at-r.query.Around):at])
		hits[i].After = beside(chunks[at+1 : min(len(chunks), at+1+r.query.Around)])
	}
	return nil
}

func beside(chunks []store.Chunk) []Passage {
	var out []Passage
	for _, c := range chunks {
		out = append(out, Passage{Heading: c.Heading, Lines: [2]int{c.FirstLine, c.LastLine}, Text: c.Text})
	}
	return out
}

func (r *run) hit(c candidate, n store.Note, v judgement, marks, telling marks) Hit {
	snippet := marks.snippet(r.visible(c.chunk))
	h := Hit{
		ID: c.chunk.Note, Title: n.Title, Kind: n.Kind, Same: c.folded, Why: c.why, Heading: c.chunk.Heading, Lines: [2]int{c.chunk.FirstLine, c.chunk.LastLine},
		Snippet: snippet, Marks: telling.spans(snippet), Score: v.probability, Confidence: v.confidence, Chunk: c.chunk.ID, Ref: c.chunk.Ref(), Text: c.chunk.Text, Relaxed: c.relaxed,
	}
	if c.hasKeyword {
		h.Scores.Keyword = &c.keyword
	}
	if c.hasCosine {
		h.Scores.Vector = &c.cosine
	}
	if r.query.Mode == Hybrid && !r.question.empty() {
		h.Scores.Fused = &c.score
	}
	h.Scores.Rerank = c.reranked
	h.Why.Evidence = v.Evidence
	return h
}

// compare orders candidates: best score first, then note id, then line.
func compare(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.chunk.Note, b.chunk.Note),
		cmp.Compare(a.chunk.FirstLine, b.chunk.FirstLine), cmp.Compare(a.chunk.ID, b.chunk.ID))
}

func (r *run) degrade(format string, args ...any) {
	r.degraded = append(r.degraded, fmt.Sprintf(format, args...))
}
