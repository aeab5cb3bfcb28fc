package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"amalfa/store"
	"amalfa/store/text"
)

// words keeps the newest snapshot of the words and the pages that questions used. Safe for concurrent use.
type words struct {
	mu     sync.Mutex
	newest *text.Snapshot
	pages  map[int64][]byte // unsealed
	bytes  int              // of pages
}

// maxPages bounds the pages in memory, in bytes: what 60 mixed questions read of a million chunks.
const maxPages = 96 << 20

// wordSnapshot returns the words as the transaction sees them.
func (s *Store) wordSnapshot(ctx context.Context, tx *sql.Tx) (*text.Snapshot, error) {
	var generation int64
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'generation'").Scan(&generation); err != nil {
		return nil, err
	}
	s.words.mu.Lock()
	known := s.words.newest
	s.words.mu.Unlock()
	if known != nil && known.Generation == generation {
		return known, nil
	}
	next, err := loadWords(ctx, tx, known)
	if err != nil {
		return nil, err
	}
	next.Generation = generation
	s.words.replace(known, next)
	return next, nil
}

// replace takes the newest snapshot, and forgets the pages of segments that were merged into others: no question asks for them again.
// Otherwise a process that answers for days while notes change would keep as many of them as it may.
func (c *words) replace(known, next *text.Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest = next
	if known == nil {
		return
	}
	stays := map[int64]bool{}
	for _, s := range next.Segments {
		stays[s.Key] = true
	}
	for _, s := range known.Segments {
		if stays[s.Key] {
			continue
		}
		for _, key := range s.Pages() {
			c.bytes -= len(c.pages[key])
			delete(c.pages, key)
		}
	}
}

// loadWords reads the segments that known does not have.
func loadWords(ctx context.Context, tx *sql.Tx, known *text.Snapshot) (*text.Snapshot, error) {
	have := map[int64]*text.Segment{}
	if known != nil {
		for _, s := range known.Segments {
			have[s.Key] = s
		}
	}
	next := &text.Snapshot{}
	var missing []int64
	keys, err := column[int64](tx.QueryContext(ctx, "SELECT key FROM segments ORDER BY key"))
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if s := have[key]; s != nil {
			next.Add(s)
		} else {
			missing = append(missing, key)
		}
	}
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
	cache *words // nil to read all anew
}

// Page implements text.Source.
func (w wordSource) Page(ctx context.Context, key int64) ([]byte, error) {
	if page := w.cache.get(key); page != nil {
		return page, nil
	}
	var data []byte
	if err := w.tx.QueryRowContext(ctx, "SELECT data FROM pages WHERE key = ?", key).Scan(&data); err != nil {
		return nil, err
	}
	page, err := store.Unseal(data)
	if err == nil {
		w.cache.put(key, page)
	}
	return page, err
}

func (c *words) get(key int64) []byte {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pages[key]
}

func (c *words) put(key int64, page []byte) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil {
		c.pages = map[int64][]byte{}
	}
	for old, p := range c.pages { // in no order: any page makes room
		if c.bytes+len(page) <= maxPages {
			break
		}
		delete(c.pages, old)
		c.bytes -= len(p)
	}
	if c.pages[key] == nil {
		c.pages[key] = page
		c.bytes += len(page)
	}
}
