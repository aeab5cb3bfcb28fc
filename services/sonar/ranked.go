package sonar

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"amalfa/tasks/consent"
)

const (
	maxRanked = 100 // results of one request
	unjudged  = 0.5 // the earlier system's relevance of what the model left out
)

// A ranked is one result of POST /search/rerank: what the client sent, and what the model says of it.
type ranked struct {
	members map[string]json.RawMessage
	id      string
	content string
	score   float64 // the client's
	judged  bool
	value   float64
}

// UnmarshalJSON keeps all members, and refuses those of the wrong type.
func (r *ranked) UnmarshalJSON(data []byte) error {
	var known struct {
		ID      string   `json:"id"`
		Content string   `json:"content"`
		Score   *float64 `json:"score"`
	}
	if err := json.Unmarshal(data, &known); err != nil {
		return err
	}
	if known.Score != nil {
		r.score = *known.Score
	}
	r.id, r.content = known.ID, known.Content
	return json.Unmarshal(data, &r.members)
}

// MarshalJSON writes the members that came, and the relevance.
func (r ranked) MarshalJSON() ([]byte, error) { return json.Marshal(r.members) }

func (r *ranked) set(name string, v any) {
	r.members[name], _ = json.Marshal(v) // numbers and texts
}

// A rerankRequest is the body of POST /search/rerank.
type rerankRequest struct {
	Results []ranked `json:"results"`
	Query   string   `json:"query"`
	Intent  string   `json:"intent"`
	Model   string   `json:"model"`
}

// rerank answers with the results as a bare list, as the earlier system's clients read it: the most relevant first, those that were not
// judged behind, in the order in which they came.
func (s *searching) rerank(w http.ResponseWriter, r *http.Request) {
	var in rerankRequest
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		if err := checkQuery(in.Query, in.Model); err != nil {
			return nil, err
		}
		if err := checkRanked(in.Results); err != nil {
			return nil, err
		}
		if len(in.Results) == 0 {
			return []ranked{}, nil
		}
		return s.rank(ctx, in.Model, in.Query, in.Intent, in.Results)
	})
}

func checkRanked(results []ranked) error {
	if results == nil {
		return badRequest("results is missing")
	}
	if len(results) > maxRanked {
		return tooLarge(fmt.Sprintf("more than %d results", maxRanked))
	}
	for i, r := range results {
		switch {
		case r.members == nil:
			return badRequest("results[%d] is no object", i)
		case len(r.content) > maxContent:
			return tooLarge(fmt.Sprintf("results[%d].content is larger than 1 MiB", i))
		}
	}
	return nil
}

func (s *searching) rank(ctx context.Context, model, query, intent string, results []ranked) (any, error) {
	m, err := s.model(ctx, model)
	if err != nil {
		return nil, err
	}
	passages := make([]consent.Passage, len(results))
	for i, r := range results {
		passages[i] = consent.Passage{ID: r.id, Text: r.content}
	}
	judged, err := m.Judge(ctx, query, intent, passages)
	degraded, err := s.done(err)
	if err != nil {
		return nil, err
	}
	for _, j := range judged {
		r := &results[j.At]
		r.judged, r.value = true, j.Relevance
		r.set("reason", j.Reason)
	}
	if len(judged) == 0 {
		degraded = []string{unusable}
	}
	for i := range results {
		r := &results[i]
		if !r.judged {
			r.value = unjudged
		}
		r.set("relevance_score", r.value)
		if len(degraded) > 0 {
			r.set("degraded", degraded)
		}
	}
	slices.SortStableFunc(results, byRelevance)
	return results, nil
}

func byRelevance(a, b ranked) int {
	switch {
	case a.judged && !b.judged:
		return -1
	case !a.judged && b.judged:
		return 1
	case !a.judged:
		return 0
	}
	return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(b.score, a.score))
}
