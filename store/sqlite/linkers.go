package sqlite

import (
	"context"
	"maps"
	"slices"
)

// Linkers implements Store.
func (s *Store) Linkers(ctx context.Context, keys []string) ([]string, error) {
	found := map[string]bool{}
	for _, key := range keys {
		ids, err := column[string](s.db.QueryContext(ctx, "SELECT DISTINCT n.id FROM edges e JOIN notes n ON n.key = e.source WHERE e.name = ? AND e.name <> ''", key))
		if err != nil {
			return nil, s.wrap("read links of", err)
		}
		for _, id := range ids {
			found[id] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}
