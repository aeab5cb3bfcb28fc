package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"amalfa/store"
)

// Stages at which a note can leave the answer, in order.
const (
	StageIndex    = "index"    // it is not in the index
	StageFilter   = "filter"   // a filter leaves it out
	StageExcluded = "excluded" // it holds an excluded word, or lacks a phrase
	StageMatch    = "match"    // neither words nor vectors brought it up
	StageFusion   = "fusion"   // it was brought up, and others came first
	StageFold     = "fold"     // it stands under another note that says the same
	StageShown    = "shown"    // it is in the answer
)

// Verdict says where a note left the answer, and why.
type Verdict struct {
	ID          string  `json:"id"`
	Query       string  `json:"query"`
	Stage       string  `json:"stage"`
	Reason      string  `json:"reason"`
	Rank        int     `json:"rank"`        // in the answer or after fusion; 0 when it got nowhere
	Limit       int     `json:"limit"`       // how many the answer shows
	KeywordRank int     `json:"keywordRank"` // of its best passage; 0 when no word is in it
	VectorRank  int     `json:"vectorRank"`  // of its best passage; 0 without vectors
	Cosine      float64 `json:"cosine"`      // of that passage
}

// WhyNot says why a note, given by its id, is or is not in the answer to a question. An unknown note is a Verdict too.
func (s *Searcher) WhyNot(ctx context.Context, id string, q Query) (Verdict, error) {
	v := Verdict{ID: id, Query: q.Text, Limit: cmp.Or(q.Limit, DefaultLimit)}
	q.Mode, q.Limit = cmp.Or(q.Mode, Hybrid), v.Limit
	parsed, err := q.parse()
	if err != nil {
		return v, err
	}
	r := &run{Searcher: s, query: q, question: parsed}
	chunks, err := s.store.Chunks(ctx, id)
	if err != nil {
		return v, err
	}
	if len(chunks) == 0 {
		return r.notIndexed(ctx, v)
	}
	own := make([]int64, len(chunks))
	for i, c := range chunks {
		own[i] = c.ID
	}
	set := store.NewSet(own)
	if done, err := r.leftOut(ctx, &v, own); err != nil || done {
		if err == nil && v.Stage == StageExcluded && !q.Strict {
			return r.relaxedPlace(ctx, v)
		}
		return v, err
	}
	if err := r.places(ctx, &v, set); err != nil {
		return v, err
	}
	found, err := r.ranked(ctx)
	if err != nil {
		return v, err
	}
	return r.placed(v, found), nil
}

func (r *run) notIndexed(ctx context.Context, v Verdict) (Verdict, error) {
	files, err := r.store.Files(ctx)
	v.Stage = StageIndex
	switch f, known := files[v.ID]; {
	case !known:
		v.Reason = "the index has never seen this file: it is outside the sources, ignored, or newer than the index"
	case f.Reason != "":
		v.Reason = fmt.Sprintf("the file is %s: %s", f.State, f.Reason)
	default:
		v.Reason = fmt.Sprintf("the file is %s, and holds no text", f.State)
	}
	return v, err
}

// leftOut reports filters and marks of the question that no passage of the note passes.
func (r *run) leftOut(ctx context.Context, v *Verdict, own []int64) (bool, error) {
	var err error
	if err = r.holdFilters(ctx); err != nil {
		return false, err
	}
	if !slices.ContainsFunc(own, r.allowed.Has) {
		v.Stage, v.Reason = StageFilter, "a filter of the question leaves it out: "+r.question.describeFilters()
		return true, nil
	}
	left, err := r.permitted(ctx, slices.Clone(own))
	if err != nil || len(left) > 0 {
		return false, err
	}
	v.Stage, v.Reason = StageExcluded, "no passage of it holds every quoted phrase and none of the excluded words"
	return true, nil
}

// relaxedPlace looks for a note that does not satisfy the question among those that follow below.
func (r *run) relaxedPlace(ctx context.Context, v Verdict) (Verdict, error) {
	found, err := r.ranked(ctx)
	if err != nil || !slices.ContainsFunc(found, func(c candidate) bool { return c.chunk.Note == v.ID }) {
		return v, err
	}
	why := v.Reason
	if v = r.placed(v, found); v.Stage == StageShown {
		v.Reason += ", below what satisfies the whole question: " + why
	}
	return v, nil
}

func (q question) describeFilters() string {
	var parts []string
	for _, c := range q.filters {
		parts = append(parts, describeFilter(c))
	}
	return strings.Join(parts, " ")
}

// places finds the ranks of the note's best passages on both sides, however deep.
func (r *run) places(ctx context.Context, v *Verdict, own *store.Set) error {
	if r.query.Mode != Vector {
		matches, err := r.keyword(ctx, math.MaxInt32)
		if err != nil {
			return err
		}
		v.KeywordRank = 1 + slices.IndexFunc(matches, func(m store.Match) bool { return own.Has(m.Chunk) })
	}
	if r.query.Mode == Keyword || r.question.empty() {
		return nil
	}
	near, err := r.nearest(ctx)
	if err != nil || near == nil {
		return err
	}
	all, err := r.store.Nearest(ctx, near.digest, near.query, math.MaxInt32, r.allowed)
	if i := slices.IndexFunc(all, func(m store.Match) bool { return own.Has(m.Chunk) }); i >= 0 {
		v.VectorRank, v.Cosine = i+1, all[i].Score
	}
	return err
}

// placed looks for the note among the ranked candidates.
func (r *run) placed(v Verdict, found []candidate) Verdict {
	if i := slices.IndexFunc(found, func(c candidate) bool { return c.chunk.Note == v.ID }); i >= 0 {
		v.Rank, v.Stage = i+1, StageShown
		v.Reason = fmt.Sprintf("it is in the answer, at rank %d", v.Rank)
		if v.Rank > v.Limit {
			v.Stage = StageFusion
			v.Reason = fmt.Sprintf("it ranks %d, and the answer shows %d: %s came first", v.Rank, v.Limit, found[v.Limit-1].chunk.Note)
		}
		return v
	}
	for _, c := range found {
		if slices.Contains(c.folded, v.ID) {
			v.Stage, v.Reason = StageFold, "it says nearly the same as "+c.chunk.Note+", under which it stands"
			return v
		}
	}
	v.Stage = StageMatch
	v.Reason = fmt.Sprintf("its best passage ranks too low: by words %s, by meaning %s, and only the first %d of each are looked at",
		place(v.KeywordRank, "it holds none"), place(v.VectorRank, "it has no vector"), depth)
	return v
}

func place(rank int, none string) string {
	if rank == 0 {
		return none
	}
	return fmt.Sprint(rank)
}
