package sqlite

import (
	"context"
	"database/sql"

	"amalfa/store"
	"amalfa/store/text"
)

// wordSnapshot returns the words as the transaction sees them.
func (s *Store) wordSnapshot(ctx context.Context, tx *sql.Tx) (*text.Snapshot, error) {
	var generation int64
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'generation'").Scan(&generation); err != nil {
		return nil, err
	}
	known := s.words.Newest()
	if known != nil && known.Generation == generation {
		return known, nil
	}
	next, err := loadWords(ctx, tx, known)
	if err != nil {
		return nil, err
	}
	next.Generation = generation
	s.words.Replace(next)
	return next, nil
}

// loadWords reads the segments that known does not have.
func loadWords(ctx context.Context, tx *sql.Tx, known *text.Snapshot) (*text.Snapshot, error) {
	keys, err := column[int64](tx.QueryContext(ctx, "SELECT key FROM segments ORDER BY key"))
	if err != nil {
		return nil, err
	}
	next, missing := known.Among(keys)
	rows, err := tx.QueryContext(ctx, segmentQuery+" WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key", jsonList(missing))
	read, err := collect(rows, err, scanSegment)
	if err != nil {
		return nil, err
	}
	for _, s := range read {
		next.Add(s)
	}
	return next, nil
}

// wordSource reads pages of words within a transaction.
type wordSource struct {
	tx    *sql.Tx
	cache *text.Cache // nil to read all anew
}

// Page implements text.Source.
func (w wordSource) Page(ctx context.Context, key int64) ([]byte, error) {
	if page := w.cache.Get(key); page != nil {
		return page, nil
	}
	var data []byte
	if err := w.tx.QueryRowContext(ctx, "SELECT data FROM pages WHERE key = ?", key).Scan(&data); err != nil {
		return nil, err
	}
	page, err := store.Unseal(data)
	if err == nil {
		w.cache.Put(key, page)
	}
	return page, err
}
