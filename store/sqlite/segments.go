package sqlite

import (
	"database/sql"
	"fmt"

	"amalfa/store"
	"amalfa/store/batch"
	"amalfa/store/text"
)

// flushWords writes the words of the batch as a segment, and merges what has become too many.
func (w *writer) flushWords() error {
	if w.building == nil {
		w.buildWords()
	}
	built := <-w.building
	w.building = nil
	if built == nil {
		return nil
	}
	r, err := built.Write(w)
	if err != nil {
		return err
	}
	if err := w.addSegment(r); err != nil {
		return err
	}
	return w.compact()
}

// buildWords begins to make the segment of the batch, beside what is written meanwhile. No chunk may come or go after it.
func (w *writer) buildWords() {
	building, words := make(chan *text.Built, 1), w.words
	w.building, w.words = building, text.Builder{}
	if words.Empty() {
		building <- nil
		return
	}
	go func() { building <- words.Build() }()
}

// AddPage implements text.Pages.
func (w *writer) AddPage(data []byte) (int64, error) {
	return w.insert("INSERT INTO pages (data) VALUES (?)", data)
}

// ReadPage implements text.Pages.
func (w *writer) ReadPage(key int64) (page []byte, err error) {
	return value[[]byte](w.query("SELECT data FROM pages WHERE key = ?", key))
}

func (w *writer) addSegment(r text.Record) error {
	return w.exec("INSERT INTO segments (level, chunks, words, removed, list, directory) VALUES (?, ?, ?, ?, ?, ?)",
		r.Level, r.Chunks, r.Words, r.Removed, r.List, r.Directory)
}

// maxRemoved is how many removed chunks are carried along whatever the size of the index.
const maxRemoved = 1000

// compact keeps segments few, as a log-structured merge tree does: FanIn segments of one level become one of the next, so that a
// question reads fewer than FanIn a level. When more than a fifth of the chunks have tombstones, all segments become one, without
// them.
func (w *writer) compact() error {
	for {
		upTo, err := w.key("SELECT level + 1 FROM segments GROUP BY level HAVING count(*) >= ? ORDER BY level LIMIT 1", text.FanIn)
		if err == nil && upTo == 0 {
			upTo, err = w.key("SELECT max(level) + 1 FROM segments HAVING sum(removed) > max(?, sum(chunks) / 5) AND count(*) > 1", maxRemoved)
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
	rows, err := w.query(segmentQuery+" WHERE level <= ? ORDER BY key", level)
	segments, err := collect(rows, err, scanSegment)
	if err != nil {
		return err
	}
	r, err := text.Merge(segments, w)
	if err != nil {
		return err
	}
	for _, s := range segments {
		if err := w.dropSegment(s); err != nil {
			return err
		}
	}
	return w.addSegment(r)
}

func (w *writer) dropSegment(s *text.Segment) error {
	if keys := s.Pages(); len(keys) > 0 {
		if err := w.exec("DELETE FROM pages WHERE key BETWEEN ? AND ?", keys[0], keys[len(keys)-1]); err != nil {
			return err
		}
	}
	return w.exec("DELETE FROM segments WHERE key = ?", s.Key)
}

const segmentQuery = "SELECT key, chunks, words, list, directory FROM segments"

func scanSegment(rows *sql.Rows, s **text.Segment) error {
	var key, chunks, words int64
	var list, dir sql.RawBytes
	err := rows.Scan(&key, &chunks, &words, &list, &dir)
	if err == nil {
		*s, err = text.ReadSegment(key, chunks, words, list, dir)
	}
	return err
}

// reindexBatch bounds the chunks whose words are held in memory while all are indexed anew.
const reindexBatch = 5000

// indexAll makes the segments of an index that has none.
func (w *writer) indexAll() error {
	for after := int64(0); ; {
		n := 0
		err := w.rows(func(rows *sql.Rows) error {
			var c store.Chunk
			var heading, names, note string
			if err := rows.Scan(&after, &heading, &c.Text, &c.Plain, &c.Hidden, &names, &note); err != nil {
				return err
			}
			var err error
			if c.Heading, err = stringList(heading); err != nil {
				return err
			}
			n++
			w.words.Add(after, w.analyzer.Document(batch.Columns(c, batch.NoteTerms{Names: names, Path: batch.PathTerms(note)})))
			return nil
		}, `SELECT c.id, c.heading, c.text, coalesce(c.plain, ''), coalesce(c.hidden, ''), n.title_terms, n.id
			FROM chunks c JOIN notes n ON n.key = c.note WHERE c.id > ? ORDER BY c.id LIMIT ?`, after, reindexBatch)
		if err != nil || n == 0 {
			return err
		}
		if err := w.flushWords(); err != nil {
			return err
		}
	}
}
