package sqlite

import (
	"database/sql"
	"encoding/json"

	"amalfa/store"
	"amalfa/store/batch"
)

// oldChunk is what putChunks compares new chunks with.
type oldChunk struct {
	id, passage int64
	store.Chunk
}

func (w *writer) oldChunks(note int64) ([]oldChunk, error) {
	rows, err := w.query(`SELECT c.id, c.passage, p.hash, c.heading, c.text, coalesce(c.plain, ''), coalesce(c.hidden, '')
		FROM chunks c JOIN passages p ON p.key = c.passage
		WHERE c.note = ? ORDER BY c.seq, c.id`, note)
	return collect(rows, err, func(rows *sql.Rows, c *oldChunk) error {
		var heading string
		err := rows.Scan(&c.id, &c.passage, &c.Hash, &heading, &c.Text, &c.Plain, &c.Hidden)
		if err == nil {
			c.Heading, err = stringList(heading)
		}
		return err
	})
}

// putChunks makes a note's chunks those of p. A chunk whose hash, heading and texts are already there keeps its row and
// id, wherever it moved, unless the note's names changed: its words are others then, and words belong to an id for good.
func (w *writer) putChunks(note int64, p store.Put) error {
	old, err := w.oldChunks(note)
	if err != nil {
		return err
	}
	before, err := w.titleTerms(note)
	if err != nil {
		return err
	}
	terms := batch.TermsOf(p.Note)
	contents := make([]batch.Content, len(old))
	for i, c := range old {
		contents[i] = batch.ContentOf(c.Chunk)
	}
	kept, added := batch.Match(contents, p.Chunks, before == terms.Names)
	for i, c := range old {
		if at, ok := kept[i]; ok {
			err = w.moveChunk(c.id, p.Chunks[at])
		} else {
			err = w.deleteChunk(c, batch.NoteTerms{Names: before, Path: terms.Path})
		}
		if err != nil {
			return err
		}
	}
	for _, i := range added {
		if err := w.addChunk(note, p.Chunks[i], terms); err != nil {
			return err
		}
	}
	return w.exec("UPDATE notes SET title_terms = ?1 WHERE key = ?2 AND title_terms <> ?1", terms.Names, note)
}

func (w *writer) deleteChunk(c oldChunk, terms batch.NoteTerms) error {
	w.orphans[c.passage], w.revectored[c.id] = true, true
	w.words.Remove(c.id, w.analyzer.Document(batch.Columns(c.Chunk, terms)))
	return w.exec("DELETE FROM chunks WHERE id = ?", c.id)
}

func (w *writer) addChunk(note int64, c store.Chunk, terms batch.NoteTerms) error {
	passage, err := w.passage(c.Hash)
	if err != nil {
		return err
	}
	id, err := w.insert(`INSERT INTO chunks (note, passage, seq, heading, first_line, last_line, start_byte, end_byte, tokens, text, plain,
		hidden) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''))`,
		note, passage, c.Seq, jsonList(c.Heading), c.FirstLine, c.LastLine, c.Start, c.End, c.Tokens, c.Text, c.Plain, c.Hidden)
	if err != nil {
		return err
	}
	w.words.Add(id, w.analyzer.Document(batch.Columns(c, terms)))
	w.revectored[id] = true
	return nil
}

// moveChunk records where a known chunk stands now.
func (w *writer) moveChunk(id int64, c store.Chunk) error {
	return w.exec("UPDATE chunks SET seq = ?, first_line = ?, last_line = ?, start_byte = ?, end_byte = ?, tokens = ? WHERE id = ?",
		c.Seq, c.FirstLine, c.LastLine, c.Start, c.End, c.Tokens, id)
}

// passage returns the key of a content address, new or known.
func (w *writer) passage(hash string) (int64, error) {
	key, err := w.key("SELECT key FROM passages WHERE hash = ?", hash)
	if err != nil || key != 0 {
		return key, err
	}
	return w.insert("INSERT INTO passages (hash) VALUES (?)", hash)
}

// titleTerms are the names that the last put recorded. The id, and so the path, never changes.
func (w *writer) titleTerms(note int64) (string, error) {
	return value[string](w.query("SELECT title_terms FROM notes WHERE key = ?", note))
}

// jsonList is a list as JSON; that of an empty one is "[]".
func jsonList[T int64 | string](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	data, err := json.Marshal(list)
	if err != nil {
		panic(err) // numbers and strings always encode
	}
	return string(data)
}
