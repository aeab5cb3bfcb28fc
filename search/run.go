package search

import (
	"cmp"
	"context"
	"errors"
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
}

func (r *run) answer(ctx context.Context) (Answer, error) {
	r.degraded = append(r.degraded, r.question.unknown...)
	found, err := r.ranked(ctx)
	if err != nil {
		return Answer{}, err
	}
	if len(found) > r.query.Limit {
		found = found[:r.query.Limit]
	}
	hits, err := r.hits(ctx, found)
	return Answer{Query: r.query.Text, Mode: r.query.Mode, Results: hits, Degraded: r.degraded}, err
}

// ranked returns every candidate that could be shown, best first.
func (r *run) ranked(ctx context.Context) ([]candidate, error) {
	if r.question.empty() {
		return r.list(ctx)
	}
	var err error
	if r.allowed, err = r.among(ctx); err != nil || r.allowed.Empty() {
		return nil, err
	}
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
	found = r.rerank(ctx, found)
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
	marks := newMarks(r.question)
	notes := map[string]store.Note{}
	for _, c := range ranked {
		n, known := notes[c.chunk.Note]
		if !known {
			var err error
			n, err = r.store.Get(ctx, c.chunk.Note)
			if errors.Is(err, store.ErrNotFound) {
				continue // deleted since
			}
			if err != nil {
				return nil, err
			}
			notes[c.chunk.Note] = n
		}
		hits = append(hits, r.hit(c, n, marks))
	}
	return hits, r.around(ctx, hits)
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

func (r *run) hit(c candidate, n store.Note, marks marks) Hit {
	h := Hit{
		ID: c.chunk.Note, Title: n.Title, Kind: n.Kind, Same: c.folded, Why: c.why, Heading: c.chunk.Heading, Lines: [2]int{c.chunk.FirstLine, c.chunk.LastLine},
		Snippet: marks.snippet(c.chunk.Text), Score: c.score, Chunk: c.chunk.ID, Ref: c.chunk.Ref(), Text: c.chunk.Text,
	}
	if c.hasKeyword {
		h.Scores.Keyword = &c.keyword
	}
	if c.hasCosine {
		h.Scores.Vector = &c.cosine
	}
	if r.query.Mode == Hybrid {
		h.Scores.Fused = cmp.Or(c.fused, &c.score)
	}
	h.Scores.Rerank = c.reranked
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
