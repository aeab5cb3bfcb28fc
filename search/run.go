package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"amalfa/store"
)

// run is the work for one question.
type run struct {
	*Searcher
	query    Query
	question question
	degraded []string
}

// candidate is a chunk on its way to become a hit.
type candidate struct {
	chunk           store.Chunk
	keyword, cosine float64
	hasKeyword      bool
	hasCosine       bool
	named           bool // the whole question is the name of its note
	verbatim        bool // it holds the question's identifiers as written
	score           float64
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
	if len(found) > r.query.Limit {
		found = found[:r.query.Limit]
	}
	hits, err := r.hits(ctx, found)
	return Answer{Query: r.query.Text, Mode: r.query.Mode, Results: hits, Degraded: r.degraded}, err
}

// candidates collects the chunks worth ranking, with both scores where both are to be had.
func (r *run) candidates(ctx context.Context) ([]candidate, *neighbours, error) {
	matches, near, err := r.bothSides(ctx)
	if err != nil {
		return nil, nil, err
	}
	named, err := r.named(ctx)
	if err != nil {
		return nil, nil, err
	}
	byChunk := map[int64]*candidate{}
	at := func(chunk int64) *candidate {
		if byChunk[chunk] == nil {
			byChunk[chunk] = &candidate{}
		}
		return byChunk[chunk]
	}
	for _, m := range matches {
		c := at(m.Chunk)
		c.keyword, c.hasKeyword = m.Score, true
	}
	for _, m := range near.top() {
		at(m.Chunk)
	}
	for _, chunk := range named {
		at(chunk)
	}
	for chunk, c := range byChunk {
		c.cosine, c.hasCosine = near.cosine(chunk)
	}
	found, err := r.load(ctx, byChunk, named)
	return found, near, err
}

// bothSides asks the sides that the mode wants, at the same time.
func (r *run) bothSides(ctx context.Context) (matches []store.Match, near *neighbours, err error) {
	g, ctx := errgroup.WithContext(ctx)
	if r.query.Mode != Vector {
		g.Go(func() (err error) {
			matches, err = r.keyword(ctx)
			return err
		})
	}
	if r.query.Mode != Keyword {
		g.Go(func() (err error) {
			near, err = r.nearest(ctx)
			return err
		})
	}
	err = g.Wait()
	return matches, near, err
}

// load reads the chunks, and drops what the question forbids and what is gone since.
func (r *run) load(ctx context.Context, byChunk map[int64]*candidate, named map[string]int64) ([]candidate, error) {
	ids := make([]int64, 0, len(byChunk))
	for id := range byChunk {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	allowed, err := r.allowed(ctx, ids)
	if err != nil {
		return nil, err
	}
	verbatim, err := r.verbatim(ctx, allowed)
	if err != nil {
		return nil, err
	}
	chunks, err := r.store.ChunksByID(ctx, allowed)
	if err != nil {
		return nil, err
	}
	out := make([]candidate, 0, len(chunks))
	for _, id := range allowed {
		c, ok := chunks[id]
		if !ok {
			continue
		}
		cand := *byChunk[id]
		cand.chunk = c
		_, cand.named = named[c.Note]
		cand.verbatim = verbatim[id]
		out = append(out, cand)
	}
	return out, nil
}

// allowed keeps the chunks that hold every phrase and nothing excluded.
func (r *run) allowed(ctx context.Context, ids []int64) ([]int64, error) {
	for _, phrase := range r.question.phrases {
		matching, err := r.store.Matching(ctx, store.Phrase(phrase), ids)
		if err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(id int64) bool { return !matching[id] })
	}
	for _, text := range r.question.excluded {
		matching, err := r.store.Matching(ctx, store.Phrase(text), ids)
		if err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(id int64) bool { return matching[id] })
	}
	return ids, nil
}

// verbatim tells which chunks hold every identifier of the question.
func (r *run) verbatim(ctx context.Context, ids []int64) (map[int64]bool, error) {
	var exprs []string
	for _, w := range r.question.words {
		if identifier.MatchString(w) {
			exprs = append(exprs, store.Phrase(w))
		}
	}
	if len(exprs) == 0 || r.query.Mode == Vector {
		return nil, nil
	}
	return r.store.Matching(ctx, store.And(exprs[:min(len(exprs), maxTerms)]...), ids)
}

// named finds the notes whose path, title or alias the whole question spells out, each with its first chunk.
func (r *run) named(ctx context.Context) (map[string]int64, error) {
	if r.query.Mode == Vector {
		return nil, nil
	}
	notes, err := r.store.Find(ctx, strings.TrimSpace(strings.Trim(strings.TrimSpace(r.query.Text), `"`)))
	if err != nil || len(notes) > maxNamed {
		return nil, err
	}
	named := map[string]int64{}
	for _, n := range notes {
		chunks, err := r.store.Chunks(ctx, n.ID)
		if err != nil {
			return nil, err
		}
		if len(chunks) > 0 {
			named[n.ID] = chunks[0].ID
		}
	}
	return named, nil
}

// maxNamed is how many notes of one name ("README") still come first together; more than fit the top are no answer.
const maxNamed = 3

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
		h.Scores.Fused = &c.score
	}
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
