package stages

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"amalfa/tasks/prompts"
)

const (
	maxEntities    = 20
	maxSuggestions = 5
	maxWords       = 200 // bytes of an entity, a filter or a suggestion
)

// An Analysis is what a question wants.
type Analysis struct {
	Intent    string            `json:"intent"` // implementation, conceptual or example; search where no model said so
	Entities  []string          `json:"entities"`
	Filters   map[string]string `json:"filters"` // of search: tag, type, path, after, before
	Level     string            `json:"technical_level"`
	Suggested []string          `json:"suggested_queries"`
}

// Unanalyzed is what can be said of a question without a model.
func Unanalyzed(query string) Analysis {
	return Analysis{Intent: "search", Level: "medium", Entities: []string{query}, Filters: map[string]string{}, Suggested: []string{}}
}

// Analyze asks what a question wants.
func (m Model) Analyze(ctx context.Context, query string) (Analysis, error) {
	a, err := ask(ctx, m, "analyze", prompts.Form{Question: query}, Analysis.check)
	return a.tidy(), err
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
		if slices.Contains([]string{"tag", "type", "path", "after", "before"}, key) && value != "" && len(value) <= maxWords {
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
		if s != "" && len(s) <= maxWords && !slices.Contains(out, s) && len(out) < limit {
			out = append(out, s)
		}
	}
	return out
}
