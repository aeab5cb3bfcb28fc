package search

import (
	"context"
	"slices"
	"unicode"
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
	sure := slices.ContainsFunc(verdicts, func(v judgement) bool { return v.Cosine != nil && v.confidence == High })
	places := make([]int, len(found))
	for i, v := range verdicts {
		switch {
		case v.by == (Calibration{}):
			places[i] = 3 // where it stands
		case v.confidence == None && r.assessor.unread(found[i].chunk.Text):
			places[i] = 2
		case v.confidence == None, v.confidence == Low && (exact || sure && v.Cosine == nil):
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

// verdicts are the judgements of the first hits, and empty ones of the rest. Where the first is none, more are judged, and of those
// further down the ones that the words brought up.
func (r *run) verdicts(ctx context.Context, found []candidate) ([]judgement, error) {
	out := make([]judgement, len(found))
	first := min(sinkDepth, len(found))
	if err := r.judge(ctx, found[:first], out); err != nil || len(found) == first || out[0].confidence != None {
		return out, err
	}
	var places []int
	var more []candidate
	for i := first; i < len(found); i++ {
		if i < noneDepth || within(found[i].why.KeywordRank) {
			places, more = append(places, i), append(more, found[i])
		}
	}
	verdicts := make([]judgement, len(more))
	err := r.judge(ctx, more, verdicts)
	for i, at := range places {
		found[at], out[at] = more[i], verdicts[i]
	}
	return out, err
}

// judge puts the judgement of each candidate into out.
func (r *run) judge(ctx context.Context, found []candidate, out []judgement) error {
	if err := r.readNotes(ctx, found); err != nil {
		return err
	}
	for i := range found {
		n := r.lookup.notes[found[i].chunk.Note]
		share := r.assessor.found(found[i], n)
		found[i].found = &share
		out[i] = r.assessor.judgement(found[i], n)
	}
	return nil
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
