package batch

import (
	"fmt"
	"slices"
	"time"

	"amalfa/notes"
	"amalfa/store"
)

// PathMatcher tells whether the id of a note matches one of some patterns. A database would compare bytes.
func PathMatcher(patterns []string) (func(id string) bool, error) {
	parsed := make([]notes.PathPattern, len(patterns))
	for i, text := range patterns {
		var err error
		if parsed[i], err = notes.ParsePath(text); err != nil {
			return nil, fmt.Errorf("condition %s: %w", store.ByPath, err)
		}
	}
	return func(id string) bool {
		folded := notes.FoldPath(id)
		return slices.ContainsFunc(parsed, func(p notes.PathPattern) bool { return p.Match(folded) })
	}, nil
}

// CheckCondition returns an error for a condition that no database has a clause for, that has no values, or whose days are none.
func CheckCondition(c store.Condition, clauses map[store.By]string) error {
	if _, ok := clauses[c.By]; !ok || len(c.Values) == 0 {
		return fmt.Errorf("no condition %q of %d values", c.By, len(c.Values))
	}
	if c.By != store.ByAfter && c.By != store.ByBefore {
		return nil
	}
	for _, v := range c.Values {
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return fmt.Errorf("condition %s: %w", c.By, err)
		}
	}
	return nil
}
