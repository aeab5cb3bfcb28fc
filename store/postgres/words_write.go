package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"amalfa/store/text"
)

// wordWriter is what a writer collects for the words of its batch. Pages have numbers of the workspace, given by the writer, which is
// the only one until it commits; they are never given again, since readers keep pages under them.
type wordWriter struct {
	words    text.Builder
	lastPage int64 // key; 0 before the first
	keys     []int64
	pages    [][]byte // of keys, not yet stored
	size     int      // of pages, in bytes
	ahead    map[int64][]byte
}

// pagesInMemory is how many bytes of pages one statement stores.
const pagesInMemory = 4 << 20

func (w *writer) addWords(id int64, d text.Document) { w.words.Add(id, d) }

func (w *writer) removeWords(id int64, d text.Document) { w.words.Remove(id, d) }

// flushWords writes the words of the batch as a segment, and merges what has become too many.
func (w *writer) flushWords() error {
	if w.words.Empty() {
		return nil
	}
	r, err := w.words.Build().Write(w)
	if err != nil {
		return err
	}
	if err := w.addSegment(r); err != nil {
		return err
	}
	return w.compact()
}

// AddPage implements text.Pages.
func (w *writer) AddPage(data []byte) (int64, error) {
	if w.lastPage == 0 {
		last, err := w.key("SELECT page FROM workspaces WHERE key = $1", w.workspace)
		if err != nil {
			return 0, err
		}
		w.lastPage = last
	}
	w.lastPage++
	w.keys, w.pages, w.size = append(w.keys, w.lastPage), append(w.pages, data), w.size+len(data)
	if w.size < pagesInMemory {
		return w.lastPage, nil
	}
	return w.lastPage, w.storePages()
}

// storePages stores the pages that are waiting.
func (w *writer) storePages() error {
	if len(w.keys) == 0 {
		return nil
	}
	err := w.exec("INSERT INTO pages (workspace, key, data) SELECT $1, k, d FROM unnest($2::bigint[], $3::bytea[]) AS p(k, d)", w.workspace, w.keys, w.pages)
	w.keys, w.pages, w.size = nil, nil, 0
	if err != nil {
		return err
	}
	return w.exec("UPDATE workspaces SET page = $2 WHERE key = $1", w.workspace, w.lastPage)
}

// readAhead is how many pages a merge reads at once. Those of a segment have neighbouring keys.
const readAhead = 32

// ReadPage implements text.Pages.
func (w *writer) ReadPage(key int64) ([]byte, error) {
	if page, ok := w.ahead[key]; ok {
		delete(w.ahead, key)
		return page, nil
	}
	rows, err := w.query("SELECT key, data FROM pages WHERE workspace = $1 AND key >= $2 ORDER BY key LIMIT $3", w.workspace, key, readAhead)
	var wanted []byte
	err = each(rows, err, func(rows pgx.Rows) error {
		var at int64
		var data []byte
		err := rows.Scan(&at, &data)
		if at == key {
			wanted = data
		} else {
			w.ahead[at] = data
		}
		return err
	})
	if err == nil && wanted == nil {
		err = fmt.Errorf("page %d: %w", key, errPageGone)
	}
	return wanted, err
}

func (w *writer) addSegment(r text.Record) error {
	if err := w.storePages(); err != nil {
		return err
	}
	return w.exec("INSERT INTO segments (workspace, level, chunks, words, removed, list, directory) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		w.workspace, r.Level, r.Chunks, r.Words, r.Removed, r.List, r.Directory)
}

// maxRemoved is how many removed chunks are carried along whatever the size of the index.
const maxRemoved = 1000

// compact keeps segments few, as a log-structured merge tree does: FanIn segments of one level become one of the next, so that a
// question reads fewer than FanIn a level. When more than a fifth of the chunks have tombstones, all segments become one, without
// them.
func (w *writer) compact() error {
	for {
		upTo, err := w.key("SELECT level + 1 FROM segments WHERE workspace = $1 GROUP BY level HAVING count(*) >= $2 ORDER BY level LIMIT 1",
			w.workspace, text.FanIn)
		if err == nil && upTo == 0 {
			upTo, err = w.key(`SELECT max(level) + 1 FROM segments WHERE workspace = $1
				HAVING sum(removed) > greatest($2, sum(chunks) / 5) AND count(*) > 1`, w.workspace, maxRemoved)
		}
		if err != nil || upTo == 0 {
			return err
		}
		if err := w.merge(upTo - 1); err != nil {
			return fmt.Errorf("merge words: %w", err)
		}
	}
}

// merge makes one segment of those up to a level.
func (w *writer) merge(level int64) error {
	rows, err := w.query(segmentQuery+" AND level <= $2 ORDER BY key", w.workspace, level)
	segments, err := collect(rows, err, scanSegment)
	if err != nil || len(segments) == 0 {
		return err
	}
	w.ahead = map[int64][]byte{}
	r, err := text.Merge(segments, w)
	w.ahead = nil
	if err != nil {
		return err
	}
	for _, s := range segments {
		err = errors.Join(err, w.dropSegment(s))
	}
	if err != nil {
		return err
	}
	return w.addSegment(r)
}

// dropSegment removes a segment and its pages, whose keys no other segment lies between.
func (w *writer) dropSegment(s *text.Segment) error {
	if keys := s.Pages(); len(keys) > 0 {
		err := w.exec("DELETE FROM pages WHERE workspace = $1 AND key BETWEEN $2 AND $3", w.workspace, keys[0], keys[len(keys)-1])
		if err != nil {
			return err
		}
	}
	return w.exec("DELETE FROM segments WHERE workspace = $1 AND key = $2", w.workspace, s.Key)
}
