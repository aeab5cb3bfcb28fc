package store

import "database/sql"

// reindexBatch bounds the chunks whose words are held in memory while all are indexed anew.
const reindexBatch = 5000

// indexAll makes the segments of an index that has none.
func (w *writer) indexAll() error {
	for after := int64(0); ; {
		n := 0
		err := w.rows(func(rows *sql.Rows) error {
			var heading, names, note, text string
			if err := rows.Scan(&after, &heading, &text, &names, &note); err != nil {
				return err
			}
			headings, err := stringList(heading)
			if err != nil {
				return err
			}
			n++
			w.draft.add(after, Chunk{Heading: headings, Text: text}.columns(noteTerms{names, spaced(trimExtension(note))}))
			return nil
		}, `SELECT c.id, c.heading, c.text, n.title_terms, n.id FROM chunks c JOIN notes n ON n.key = c.note
			WHERE c.id > ? ORDER BY c.id LIMIT ?`, after, reindexBatch)
		if err != nil || n == 0 {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
}
