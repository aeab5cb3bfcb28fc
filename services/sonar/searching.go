package sonar

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"amalfa/llm"
	"amalfa/notes"
	"amalfa/services"
	"amalfa/store"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
)

// Bounds on what the routes below /search take and answer.
const (
	maxRanked       = 100     // results of one request
	rankedBytes     = 600     // of each that the model is shown; the earlier system showed 200 characters
	snippetBytes    = 8 << 10 // of a text that a snippet is sought in; the earlier system showed 4,000 characters
	maxContent      = 1 << 20 // of a text in a request
	maxEntities     = 20
	maxSuggestions  = 5
	maxEntityBytes  = 200
	surroundingText = 400 // bytes on either side of a snippet
)

// searching are the routes that help a search.
type searching struct {
	*Thinker
	open func(context.Context) (store.Store, error)
}

// An Analysis is POST /search/analyze.
type Analysis struct {
	Intent    string            `json:"intent"` // implementation, conceptual or example; search where the model did not say
	Entities  []string          `json:"entities"`
	Filters   map[string]string `json:"filters"` // of search: tag, type, path, after, before
	Level     string            `json:"technical_level"`
	Suggested []string          `json:"suggested_queries"`
	Degraded  []string          `json:"degraded"`
}

func (a Analysis) check() error {
	switch {
	case !slices.Contains([]string{"implementation", "conceptual", "example"}, a.Intent):
		return errors.New("intent is none of the three")
	case a.Level != "" && !slices.Contains([]string{"high", "medium", "low"}, a.Level):
		return errors.New("technical_level is none of the three")
	}
	return nil
}

// tidy leaves what search understands.
func (a Analysis) tidy() Analysis {
	a.Entities, a.Suggested = lines(a.Entities, maxEntities), lines(a.Suggested, maxSuggestions)
	a.Level = cmp.Or(a.Level, "medium")
	filters := map[string]string{}
	for key, value := range a.Filters {
		key, value = strings.ToLower(strings.TrimSpace(key)), prompts.Line(value)
		if slices.Contains([]string{"tag", "type", "path", "after", "before"}, key) && value != "" && len(value) <= maxEntityBytes {
			filters[key] = value
		}
	}
	a.Filters = filters
	return a
}

// lines are texts of one line each, at most limit, each once.
func lines(all []string, limit int) []string {
	out := []string{}
	for _, s := range all {
		s = prompts.Line(s)
		if s != "" && len(s) <= maxEntityBytes && !slices.Contains(out, s) && len(out) < limit {
			out = append(out, s)
		}
	}
	return out
}

func (s *searching) analyze(w http.ResponseWriter, r *http.Request) {
	var in struct{ Query, Model string }
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		if err := checkQuery(in.Query, in.Model); err != nil {
			return nil, err
		}
		asker, model, err := s.Asker(ctx, consent.ByHand, in.Model)
		if err != nil {
			return nil, err
		}
		a, degraded, err := askFor(ctx, s.Thinker, "analyze", asker, model, prompts.Form{Question: in.Query}, Analysis.check)
		if err != nil {
			return nil, err
		}
		a = a.tidy()
		if len(degraded) > 0 {
			a = Analysis{Intent: "search", Level: "medium", Entities: []string{in.Query}, Filters: map[string]string{}, Suggested: []string{}}
		}
		a.Degraded = degraded
		return a, nil
	})
}

// answerJSON reads a request and writes what answer makes of it.
func answerJSON(w http.ResponseWriter, r *http.Request, in any, answer func(context.Context) (any, error)) {
	if err := services.ReadJSON(r, in); err != nil {
		services.WriteError(w, err)
		return
	}
	out, err := answer(r.Context())
	if err != nil {
		services.WriteError(w, err)
		return
	}
	services.WriteJSON(w, http.StatusOK, out)
}

func checkQuery(query, model string) error {
	switch {
	case strings.TrimSpace(query) == "":
		return badRequest("query is empty")
	case len(query) > maxQueryText:
		return &services.Error{Status: http.StatusRequestEntityTooLarge, Kind: "too_large", Message: "query is larger than 8 KiB"}
	case model != "" && !llm.ValidModel(model):
		return badRequest("model is not the name of a model")
	}
	return nil
}

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

const unjudged = 0.5 // the earlier system's relevance of what the model left out

// MarshalJSON writes the members that came, and the relevance.
func (r ranked) MarshalJSON() ([]byte, error) { return json.Marshal(r.members) }

func (r *ranked) set(name string, v any) {
	r.members[name], _ = json.Marshal(v) // numbers and texts
}

type relevance struct {
	Passages []struct {
		Number    int     `json:"number"`
		Relevance float64 `json:"relevance"`
		Reason    string  `json:"reason"`
	} `json:"passages"`
}

func (v relevance) check(shown int) error {
	if len(v.Passages) == 0 {
		return errors.New("no passage is judged")
	}
	seen := map[int]bool{}
	for _, p := range v.Passages {
		switch {
		case p.Number < 1 || p.Number > shown:
			return fmt.Errorf("there is no passage %d", p.Number)
		case seen[p.Number]:
			return fmt.Errorf("passage %d is judged twice", p.Number)
		case math.IsNaN(p.Relevance) || p.Relevance < 0 || p.Relevance > 1:
			return errors.New("relevance is not from 0 to 1")
		}
		seen[p.Number] = true
	}
	return nil
}

// rerank answers with the results as a bare list, as the earlier system's clients read it: the most relevant first, those that were not
// judged behind, in the order in which they came.
func (s *searching) rerank(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Results              []ranked
		Query, Intent, Model string
	}
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
		asker, model, err := s.Asker(ctx, consent.ByHand, in.Model)
		if err != nil {
			return nil, err
		}
		return s.rank(ctx, asker, model, in.Query, in.Intent, in.Results)
	})
}

func checkRanked(results []ranked) error {
	if len(results) > maxRanked {
		return &services.Error{Status: http.StatusRequestEntityTooLarge, Kind: "too_large", Message: fmt.Sprintf("more than %d results", maxRanked)}
	}
	for i, r := range results {
		switch {
		case r.members == nil:
			return badRequest("results[%d] is no object", i)
		case len(r.content) > maxContent:
			return &services.Error{Status: http.StatusRequestEntityTooLarge, Kind: "too_large", Message: fmt.Sprintf("results[%d].content is larger than 1 MiB", i)}
		}
	}
	return nil
}

func (s *searching) rank(ctx context.Context, asker llm.Asker, model, query, intent string, results []ranked) (any, error) {
	shown, at := s.shown(model, results)
	form := prompts.Form{Question: query, Evidence: prompts.Evidence{Passages: shown}}
	if intent != "" {
		form.Said = []string{prompts.Sanitize(strings.Join(strings.Fields(intent), " "), 100)}
	}
	degraded := []string{unusable}
	if len(shown) > 0 {
		v, d, err := askFor(ctx, s.Thinker, "relevance", asker, model, form, func(v relevance) error { return v.check(len(shown)) })
		if err != nil {
			return nil, err
		}
		if degraded = d; len(d) == 0 {
			for _, p := range v.Passages {
				r := &results[at[p.Number-1]]
				r.judged, r.value = true, p.Relevance
				r.set("reason", notes.Clip(prompts.Line(p.Reason), 300))
			}
		}
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
	slices.SortStableFunc(results, func(a, b ranked) int {
		if a.judged != b.judged {
			if a.judged {
				return -1
			}
			return 1
		}
		if !a.judged {
			return 0
		}
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(b.score, a.score))
	})
	return results, nil
}

// shown are the results that the model gets to see, and which of them each is.
func (s *searching) shown(model string, results []ranked) (out []prompts.Passage, at []int) {
	for i, r := range results {
		free, _ := s.Release(model, []consent.Passage{{ID: r.id, Text: r.content}})
		for _, p := range free {
			if text := prompts.Sanitize(p.Text, rankedBytes); text != "" {
				out = append(out, prompts.Passage{Ref: len(out) + 1, ID: r.id, Text: text})
				at = append(at, i)
			}
		}
	}
	return out, at
}
