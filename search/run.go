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
	degraded []string
}

func (r *run) answer(ctx context.Context) (Answer, error) {
	found, near, err := r.candidates(ctx)
	if err != nil {
		return Answer{}, err
	}
	r.rank(found, near)
	if !r.query.Passages {
		found = bestPerNote(found)
	}
	found = r.rerank(ctx, found)
	if len(found) > r.query.Limit {
		found = found[:r.query.Limit]
	}
	hits, err := r.hits(ctx, found)
	return Answer{Query: r.query.Text, Mode: r.query.Mode, Results: hits, Degraded: r.degraded}, err
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
	titles := map[string]string{}
	for _, c := range ranked {
		title, known := titles[c.chunk.Note]
		if !known {
			n, err := r.store.Get(ctx, c.chunk.Note)
			if errors.Is(err, store.ErrNotFound) {
				continue // deleted since
			}
			if err != nil {
				return nil, err
			}
			title = n.Title
			titles[c.chunk.Note] = title
		}
		hits = append(hits, r.hit(c, title, marks))
	}
	return hits, nil
}

func (r *run) hit(c candidate, title string, marks marks) Hit {
	h := Hit{
		ID: c.chunk.Note, Title: title, Heading: c.chunk.Heading, Lines: [2]int{c.chunk.FirstLine, c.chunk.LastLine},
		Snippet: marks.snippet(c.chunk.Text), Score: c.score, Chunk: c.chunk.ID, Text: c.chunk.Text,
	}
	if c.hasKeyword {
		h.Scores.Keyword = &c.keyword
	}
	if c.hasCosine {
		h.Scores.Vector = &c.cosine
	}
	if r.query.Mode == Hybrid {
		h.Scores.Fused = c.fusedScore()
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
