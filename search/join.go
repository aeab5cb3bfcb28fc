package search

import (
	"cmp"
	"path"
	"slices"

	"amalfa/notes"
)

// Join makes one answer of those that several workspaces gave to the same question; names are theirs, which each hit then bears. Scores are
// probabilities, so all hits stand in one order: those that satisfy the question first, then by score, then in the order of the workspaces.
// Filters alone give the newest of each in turn. What a workspace had to do without is told with its name.
func Join(parts []Answer, names []string, limit int) Answer {
	all := Answer{Contexts: []notes.Context{}}
	hits := make([][]Hit, len(parts))
	for i, part := range parts {
		all.Query, all.Mode, all.Listed = part.Query, part.Mode, part.Listed
		if i == 0 || part.Probability > all.Probability {
			all.Confidence, all.Probability = part.Confidence, part.Probability
		}
		if i == 0 || len(part.Suggestions) == 0 { // what one workspace answers needs no other question
			all.Suggestions = part.Suggestions
		}
		hits[i] = all.take(part, names[i])
	}
	all.Results = among(hits, all.Listed)
	all.Results = all.Results[:min(len(all.Results), limit)]
	return all
}

// JoinAnswered is Join of those that answered: errs has what the others failed with, which told puts into words for Degraded. It is the first of
// these where nobody answered.
func JoinAnswered(answers []Answer, errs []error, names []string, limit int, told func(error) string) (Answer, error) {
	var parts []Answer
	var from, failed []string
	for i, err := range errs {
		if err != nil {
			failed = append(failed, names[i]+": "+told(err))
			continue
		}
		parts, from = append(parts, answers[i]), append(from, names[i])
	}
	if len(parts) == 0 {
		return Answer{}, errs[0]
	}
	all := Join(parts, from, limit)
	all.Degraded = append(all.Degraded, failed...)
	return all, nil
}

// take adds what one workspace said about its answer, and returns its hits.
func (a *Answer) take(part Answer, name string) []Hit {
	hits := slices.Clone(part.Results)
	for i := range hits {
		hits[i].Workspace = name
	}
	for _, d := range part.Degraded {
		a.Degraded = append(a.Degraded, name+": "+d)
	}
	for _, c := range part.Contexts {
		c.Folder = path.Join(name, c.Folder)
		a.Contexts = append(a.Contexts, c)
	}
	for _, r := range part.Relaxed {
		if !slices.Contains(a.Relaxed, r) {
			a.Relaxed = append(a.Relaxed, r)
		}
	}
	a.Judged += part.Judged
	a.Vectors = Share{Have: a.Vectors.Have + part.Vectors.Have, Of: a.Vectors.Of + part.Vectors.Of}
	return hits
}

// among puts the hits of several workspaces in one order; lists without scores are dealt in turn.
func among(hits [][]Hit, dealt bool) []Hit {
	if dealt {
		return deal(hits)
	}
	all := slices.Concat(hits...)
	slices.SortStableFunc(all, func(a, b Hit) int {
		switch {
		case a.Relaxed == b.Relaxed:
			return cmp.Compare(b.Score, a.Score)
		case a.Relaxed:
			return 1
		}
		return -1
	})
	return all
}

func deal(hits [][]Hit) (all []Hit) {
	for rank, more := 0, true; more; rank++ {
		more = false
		for _, list := range hits {
			if rank < len(list) {
				all, more = append(all, list[rank]), true
			}
		}
	}
	return all
}
