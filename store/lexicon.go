package store

import (
	"context"
	"database/sql"
	"sync"
)

// lexicon is the words of the index at one generation. It never changes.
type lexicon struct {
	generation    int64
	segments      []*loaded
	chunks, words int64
	gone          map[int64]bool // chunks that stand in a segment and were removed by another
}

// loaded is a segment ready for questions.
type loaded struct{ stored }

// lexicons keeps the newest lexicon and the pages that questions used. Safe for concurrent use.
type lexicons struct {
	mu     sync.Mutex
	newest *lexicon
	pages  map[int64][]byte // unsealed
	bytes  int              // of pages
}

// maxPages bounds the pages in memory, in bytes: what 60 mixed questions read of a million chunks.
const maxPages = 96 << 20

// lexicon returns the words as the transaction sees them.
func (s *SQLite) lexicon(ctx context.Context, tx *sql.Tx) (*lexicon, error) {
	var generation int64
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'generation'").Scan(&generation); err != nil {
		return nil, err
	}
	s.words.mu.Lock()
	known := s.words.newest
	s.words.mu.Unlock()
	if known != nil && known.generation == generation {
		return known, nil
	}
	lex, err := loadLexicon(ctx, tx, known)
	if err != nil {
		return nil, err
	}
	lex.generation = generation
	s.words.mu.Lock()
	s.words.newest = lex
	s.words.mu.Unlock()
	return lex, nil
}

// loadLexicon reads the segments that known does not have.
func loadLexicon(ctx context.Context, tx *sql.Tx, known *lexicon) (*lexicon, error) {
	have := map[int64]*loaded{}
	if known != nil {
		for _, s := range known.segments {
			have[s.key] = s
		}
	}
	lex := &lexicon{gone: map[int64]bool{}}
	var missing []int64
	rows, err := tx.QueryContext(ctx, "SELECT key FROM segments ORDER BY key")
	err = each(rows, err, func(rows *sql.Rows) error {
		var key int64
		if err := rows.Scan(&key); err != nil {
			return err
		}
		if s := have[key]; s != nil {
			lex.add(s)
		} else {
			missing = append(missing, key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.QueryContext(ctx, segmentQuery+" WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key", idsJSON(missing))
	err = each(rows, err, func(rows *sql.Rows) error {
		s, err := scanSegment(rows)
		lex.add(&loaded{s})
		return err
	})
	return lex, err
}

func (l *lexicon) add(s *loaded) {
	l.segments = append(l.segments, s)
	l.chunks += s.chunks
	l.words += s.words
	for _, id := range s.list.gone {
		l.gone[id] = true
	}
}

// entry returns what a segment knows of a term.
func (s *SQLite) entry(ctx context.Context, tx *sql.Tx, seg *loaded, term string) (entry, bool, error) {
	key, ok := seg.directory.page(term)
	if !ok {
		return entry{}, false, nil
	}
	page, err := s.page(ctx, tx, key)
	if err != nil {
		return entry{}, false, err
	}
	e, ok := lookup(page, term)
	return e, ok, nil
}

func (s *SQLite) page(ctx context.Context, tx *sql.Tx, key int64) ([]byte, error) {
	s.words.mu.Lock()
	page := s.words.pages[key]
	s.words.mu.Unlock()
	if page != nil {
		return page, nil
	}
	var data []byte
	if err := tx.QueryRowContext(ctx, "SELECT data FROM pages WHERE key = ?", key).Scan(&data); err != nil {
		return nil, err
	}
	page, err := unseal(data)
	if err == nil {
		s.words.keep(key, page)
	}
	return page, err
}

func (l *lexicons) keep(key int64, page []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pages == nil {
		l.pages = map[int64][]byte{}
	}
	for old, p := range l.pages { // in no order: any page makes room
		if l.bytes+len(page) <= maxPages {
			break
		}
		delete(l.pages, old)
		l.bytes -= len(p)
	}
	if l.pages[key] == nil {
		l.pages[key] = page
		l.bytes += len(page)
	}
}
