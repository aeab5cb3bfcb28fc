package sqlite

import (
	"database/sql"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
)

// reindexBatch bounds the chunks whose words are held in memory while all are indexed anew.
const reindexBatch = 5000

// indexAll makes the segments of an index that has none.
func (w *writer) indexAll() error {
	for after := int64(0); ; {
		n := 0
		err := w.rows(func(rows *sql.Rows) error {
			var heading, names, note, body string
			if err := rows.Scan(&after, &heading, &body, &names, &note); err != nil {
				return err
			}
			headings, err := stringList(heading)
			if err != nil {
				return err
			}
			n++
			w.words.Add(after, columns(store.Chunk{Heading: headings, Text: body}, noteTerms{names, text.Spaced(notes.TrimExtension(note))}))
			return nil
		}, `SELECT c.id, c.heading, c.text, n.title_terms, n.id FROM chunks c JOIN notes n ON n.key = c.note
			WHERE c.id > ? ORDER BY c.id LIMIT ?`, after, reindexBatch)
		if err != nil || n == 0 {
			return err
		}
		if err := w.flushWords(); err != nil {
			return err
		}
	}
}
