package postgres

import (
	"context"

	"amalfa/store"
	"amalfa/store/text"
)

// Keyword implements Store.
func (s *Store) Keyword(ctx context.Context, expr string, limit int) ([]store.Match, error) {
	return s.KeywordAmong(ctx, expr, nil, limit)
}

// KeywordAmong implements Store.
func (s *Store) KeywordAmong(ctx context.Context, expr string, among *store.Set, limit int) (matches []store.Match, err error) {
	if expr == "" || among.Empty() {
		return nil, nil
	}
	err = s.searchWords(ctx, expr, func(x *text.Snapshot, src text.Source, e text.Expr) (err error) {
		matches, err = x.Search(ctx, src, e, among, limit)
		return err
	})
	return matches, err
}

// Count implements Store.
func (s *Store) Count(ctx context.Context, expr string, limit int) (n int, err error) {
	if expr == "" {
		return 0, nil
	}
	err = s.searchWords(ctx, expr, func(x *text.Snapshot, src text.Source, e text.Expr) (err error) {
		n, err = x.Count(ctx, src, e)
		return err
	})
	return min(n, limit), err
}

// Frequencies implements Store.
func (s *Store) Frequencies(ctx context.Context, terms []string) (chunks int, holding []int, err error) {
	err = s.withWords(ctx, "count words of", func(x *text.Snapshot, src text.Source) (err error) {
		chunks, holding, err = x.Frequencies(ctx, src, terms)
		return err
	})
	return chunks, holding, err
}

// Near implements Store.
func (s *Store) Near(ctx context.Context, term string, limit int) (terms []string, err error) {
	err = s.withWords(ctx, "look for spellings of", func(x *text.Snapshot, src text.Source) (err error) {
		terms, err = x.Near(ctx, src, term, limit)
		return err
	})
	return terms, err
}

// Matching implements Store.
func (s *Store) Matching(ctx context.Context, expr string, ids []int64) (map[int64]bool, error) {
	matching := make(map[int64]bool, len(ids))
	if expr == "" || len(ids) == 0 {
		return matching, nil
	}
	err := s.searchWords(ctx, expr, func(x *text.Snapshot, src text.Source, e text.Expr) error {
		set, err := x.Matching(ctx, src, e)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if set.Has(id) {
				matching[id] = true
			}
		}
		return nil
	})
	return matching, err
}

// searchWords calls fn with the parsed expression and the words of one moment.
func (s *Store) searchWords(ctx context.Context, expr string, fn func(*text.Snapshot, text.Source, text.Expr) error) error {
	e, err := text.Parse(expr)
	if err != nil {
		return s.wrap("search", err)
	}
	return s.withWords(ctx, "search", func(x *text.Snapshot, src text.Source) error { return fn(x, src, e) })
}
