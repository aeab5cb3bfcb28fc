package search

import (
	"context"
	"errors"
	"slices"
	"unicode"

	"amalfa/store"
)

// How far down hits are looked at before they are shown: those of a page, and more where the first one is no answer.
const (
	sinkDepth = 10
	noneDepth = 50
)

// sink puts hits that answer before those that do not, where the fusion has them the other way round: among vectors of which none
// is near, the least far one outweighs a passage that holds the very words. Of the hits without confidence those in another script
// than the question's come last: to a model that cannot read a script all that it does not know is alike. The order stays as it is
// otherwise, and for a model without a calibration.
func (r *run) sink(ctx context.Context, found []candidate) ([]candidate, error) {
	if _, known := r.assessor.table.Models[r.assessor.model]; !known || r.query.Mode != Hybrid {
		return found, nil // nobody knows how near is near, or there is one side only
	}
	verdicts, err := r.verdicts(ctx, found)
	if err != nil {
		return nil, err
	}
	exact := slices.ContainsFunc(verdicts, func(v judgement) bool { return v.Found > allFound })
	places := make([]int, len(found))
	for i, v := range verdicts {
		switch {
		case v.by == (Calibration{}):
			places[i] = 3 // where it stands
		case v.confidence == None && r.assessor.unread(found[i].chunk.Text):
			places[i] = 2
		case v.confidence == None, v.confidence == Low && exact:
			places[i] = 1
		}
	}
	order := make([]int, len(found))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return places[a] - places[b] })
	out := make([]candidate, len(found))
	for i, at := range order {
		out[i] = found[at]
	}
	return out, nil
}

// verdicts are the judgements of the first hits, and empty ones of the rest.
func (r *run) verdicts(ctx context.Context, found []candidate) ([]judgement, error) {
	out := make([]judgement, len(found))
	depth := min(sinkDepth, len(found))
	for i := range found {
		if i >= depth && !(depth > sinkDepth && within(found[i].why.KeywordRank)) {
			continue
		}
		n, err := r.note(ctx, found[i].chunk.Note)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		share := r.assessor.found(found[i], n)
		found[i].found = &share
		if out[i] = r.assessor.judgement(found[i], n); i == 0 && out[i].confidence == None {
			depth = max(depth, min(noneDepth, len(found)))
		}
	}
	return out, nil
}

// unread tells whether a text has no letter of the scripts of the question.
func (j *assessor) unread(text string) bool {
	if len(j.scripts) == 0 {
		return false
	}
	for _, r := range text {
		if unicode.In(r, j.scripts...) {
			return false
		}
	}
	return true
}

// scriptsOf are the scripts of the letters of some words.
func scriptsOf(words []string) (scripts []*unicode.RangeTable) {
	for _, w := range words {
		for _, r := range w {
			if !unicode.IsLetter(r) || unicode.In(r, scripts...) {
				continue
			}
			for name, table := range unicode.Scripts {
				if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
					scripts = append(scripts, table)
				}
			}
		}
	}
	return scripts
}
