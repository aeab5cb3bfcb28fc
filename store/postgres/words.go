package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/text"
)

// Words are the segments and pages of store/text, byte for byte as SQLite has them: the same code ranks them, so that both stores give
// the same answer. A server that ranked by its own means would give another one: see docs/decisions/0098-words-and-vectors-on-a-server.md.

// wordState is what a Store keeps of the words: neither segments nor pages ever change.
type wordState struct{ words text.Cache }

// errPageGone reports that a page was merged into others since its segment was read.
var errPageGone = errors.New("page is gone")

// withWords calls fn with the words of one moment. Where the newest generation is at hand it takes no transaction: pages that are missing
// are read on their own, and fn is called again, in one snapshot, when a merge has removed one meanwhile.
func (s *Store) withWords(ctx context.Context, op string, fn func(*text.Snapshot, text.Source) error) error {
	generation, err := s.generationOf(ctx, s.pool)
	if err != nil {
		return s.wrap(op, err)
	}
	if x := s.words.Newest(); x != nil && x.Generation == generation {
		if err := fn(x, s.wordSource(s.pool)); !errors.Is(err, errPageGone) {
			return s.wrap(op, err)
		}
	}
	return s.read(ctx, op, func(tx pgx.Tx) error {
		x, err := s.wordSnapshot(ctx, tx)
		if err != nil {
			return err
		}
		return fn(x, s.wordSource(tx))
	})
}

// generationOf is the workspace's DataVersion.
func (s *Store) generationOf(ctx context.Context, q querier) (int64, error) {
	found, err := column[int64](q.Query(ctx, "SELECT generation FROM workspaces WHERE key = $1", s.workspace))
	if err == nil && len(found) == 0 {
		err = pgx.ErrNoRows
	}
	if s.isGone(err) {
		err = fmt.Errorf("%w: the workspace was removed, or this role may not see it any more", store.ErrNoIndex)
	}
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

// wordSnapshot returns the words as the transaction sees them.
func (s *Store) wordSnapshot(ctx context.Context, tx pgx.Tx) (*text.Snapshot, error) {
	generation, err := s.generationOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	known := s.words.Newest()
	if known != nil && known.Generation == generation {
		return known, nil
	}
	next, err := s.loadWords(ctx, tx, known)
	if err != nil {
		return nil, err
	}
	next.Generation = generation
	s.words.Replace(next)
	return next, nil
}

// loadWords reads the segments that known does not have.
func (s *Store) loadWords(ctx context.Context, tx pgx.Tx, known *text.Snapshot) (*text.Snapshot, error) {
	keys, err := column[int64](tx.Query(ctx, "SELECT key FROM segments WHERE workspace = $1 ORDER BY key", s.workspace))
	if err != nil {
		return nil, err
	}
	next, missing := known.Among(keys)
	rows, err := tx.Query(ctx, segmentQuery+" AND key = ANY($2) ORDER BY key", s.workspace, missing)
	read, err := collect(rows, err, scanSegment)
	if err != nil {
		return nil, err
	}
	for _, seg := range read {
		next.Add(seg)
	}
	return next, nil
}

const segmentQuery = "SELECT key, chunks, words, list, directory FROM segments WHERE workspace = $1"

func scanSegment(rows pgx.Rows, s **text.Segment) error {
	var key, chunks, words int64
	var list, dir []byte
	err := rows.Scan(&key, &chunks, &words, &list, &dir)
	if err == nil {
		*s, err = text.ReadSegment(key, chunks, words, list, dir)
	}
	return err
}

// wordSource reads pages of words of a workspace.
type wordSource struct {
	from      querier
	workspace int64
	cache     *text.Cache // nil to read all anew
}

func (s *Store) wordSource(from querier) wordSource { return wordSource{from, s.workspace, &s.words} }

// Page implements text.Source.
func (w wordSource) Page(ctx context.Context, key int64) ([]byte, error) {
	if page := w.cache.Get(key); page != nil {
		return page, nil
	}
	found, err := w.load(ctx, []int64{key})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %w: %d of workspace %d", store.ErrCorrupt, errPageGone, key, w.workspace)
	}
	return found[0], nil
}

// Prefetch implements text.Prefetcher: a server is asked once for all.
func (w wordSource) Prefetch(ctx context.Context, keys []int64) error {
	if w.cache == nil {
		return nil
	}
	var missing []int64
	for _, key := range keys {
		if w.cache.Get(key) == nil {
			missing = append(missing, key)
		}
	}
	if len(missing) < 2 {
		return nil
	}
	_, err := w.load(ctx, missing)
	return err
}

// load reads pages, and keeps them.
func (w wordSource) load(ctx context.Context, keys []int64) (pages [][]byte, err error) {
	rows, err := w.from.Query(ctx, "SELECT key, data FROM pages WHERE workspace = $1 AND key = ANY($2)", w.workspace, keys)
	err = each(rows, err, func(rows pgx.Rows) error {
		var key int64
		var data []byte
		if err := rows.Scan(&key, &data); err != nil {
			return err
		}
		page, err := store.Unseal(data)
		if err == nil {
			w.cache.Put(key, page)
			pages = append(pages, page)
		}
		return err
	})
	return pages, err
}
