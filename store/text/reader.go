package text

import (
	"context"

	"amalfa/store"
)

// A Reader answers what store.Store asks about words, for any store that keeps them as segments and pages.
type Reader struct {
	// With calls fn with the words of one moment; op is what an error of the store says was tried.
	With func(ctx context.Context, op string, fn func(*Snapshot, Source) error) error
	// Wrap names the operation and the store in an error.
	Wrap func(op string, err error) error
}

// Keyword implements store.Store.
func (r Reader) Keyword(ctx context.Context, expr string, limit int) ([]store.Match, error) {
	return r.KeywordAmong(ctx, expr, nil, limit)
}

// KeywordAmong implements store.Store.
func (r Reader) KeywordAmong(ctx context.Context, expr string, among *store.Set, limit int) (matches []store.Match, err error) {
	if expr == "" || among.Empty() {
		return nil, nil
	}
	err = r.searchWords(ctx, expr, func(x *Snapshot, src Source, e Expr) (err error) {
		matches, err = x.Search(ctx, src, e, among, limit)
		return err
	})
	return matches, err
}

// Count implements store.Store.
func (r Reader) Count(ctx context.Context, expr string, limit int) (n int, err error) {
	if expr == "" {
		return 0, nil
	}
	err = r.searchWords(ctx, expr, func(x *Snapshot, src Source, e Expr) (err error) {
		n, err = x.Count(ctx, src, e)
		return err
	})
	return min(n, limit), err
}

// Frequencies implements store.Store.
func (r Reader) Frequencies(ctx context.Context, terms []string) (chunks int, holding []int, err error) {
	err = r.With(ctx, "count words of", func(x *Snapshot, src Source) (err error) {
		chunks, holding, err = x.Frequencies(ctx, src, terms)
		return err
	})
	return chunks, holding, err
}

// Near implements store.Store.
func (r Reader) Near(ctx context.Context, term string, limit int) (terms []string, err error) {
	err = r.With(ctx, "look for spellings of", func(x *Snapshot, src Source) (err error) {
		terms, err = x.Near(ctx, src, term, limit)
		return err
	})
	return terms, err
}

// Matching implements store.Store.
func (r Reader) Matching(ctx context.Context, expr string, ids []int64) (map[int64]bool, error) {
	matching := make(map[int64]bool, len(ids))
	if expr == "" || len(ids) == 0 {
		return matching, nil
	}
	err := r.searchWords(ctx, expr, func(x *Snapshot, src Source, e Expr) error {
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
func (r Reader) searchWords(ctx context.Context, expr string, fn func(*Snapshot, Source, Expr) error) error {
	e, err := Parse(expr)
	if err != nil {
		return r.Wrap("search", err)
	}
	return r.With(ctx, "search", func(x *Snapshot, src Source) error { return fn(x, src, e) })
}
