package store

import (
	"database/sql"
	"encoding/json"
	"strings"
)

// oldChunk is what putChunks compares new chunks with.
type oldChunk struct {
	id, passage         int64
	hash, heading, text string
}

func (w *writer) oldChunks(note int64) ([]oldChunk, error) {
	var old []oldChunk
	err := w.rows(func(rows *sql.Rows) error {
		var c oldChunk
		err := rows.Scan(&c.id, &c.passage, &c.hash, &c.heading, &c.text)
		old = append(old, c)
		return err
	}, `SELECT c.id, c.passage, p.hash, c.heading, c.text FROM chunks c JOIN passages p ON p.key = c.passage
		WHERE c.note = ? ORDER BY c.seq, c.id`, note)
	return old, err
}

// putChunks makes a note's chunks those of p. A chunk whose hash, heading and text are already there keeps its row and id,
// wherever it moved.
func (w *writer) putChunks(note int64, p Put) error {
	old, err := w.oldChunks(note)
	if err != nil {
		return err
	}
	free := map[oldChunk][]oldChunk{} // by content
	for _, c := range old {
		free[c.content()] = append(free[c.content()], c)
	}
	terms := noteTerms(p.Note)
	stale, err := w.noteTermsChanged(note, terms)
	if err != nil {
		return err
	}
	var added []int
	for i, c := range p.Chunks {
		content := oldChunk{hash: c.Hash, heading: headingJSON(c.Heading), text: c.Text}
		same := free[content]
		if len(same) == 0 {
			added = append(added, i)
			continue
		}
		free[content] = same[1:]
		if err := w.moveChunk(same[0].id, c, stale, terms); err != nil {
			return err
		}
	}
	for _, c := range old {
		if left := free[c.content()]; len(left) > 0 && left[0].id == c.id {
			free[c.content()] = left[1:]
			if err := w.deleteChunk(c); err != nil {
				return err
			}
		}
	}
	for _, i := range added {
		if err := w.addChunk(note, p.Chunks[i], terms); err != nil {
			return err
		}
	}
	return nil
}

func (c oldChunk) content() oldChunk { return oldChunk{hash: c.hash, heading: c.heading, text: c.text} }

func (w *writer) deleteChunk(c oldChunk) error {
	w.loose[c.passage] = true
	if err := w.exec("DELETE FROM words WHERE rowid = ?", c.id); err != nil {
		return err
	}
	return w.exec("DELETE FROM chunks WHERE id = ?", c.id)
}

func (w *writer) addChunk(note int64, c Chunk, terms [2]string) error {
	passage, err := w.passage(c.Hash)
	if err != nil {
		return err
	}
	id, err := w.insert(`INSERT INTO chunks (note, passage, seq, heading, first_line, last_line, start_byte, end_byte, tokens, text)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		note, passage, c.Seq, headingJSON(c.Heading), c.FirstLine, c.LastLine, c.Start, c.End, c.Tokens, c.Text)
	if err != nil {
		return err
	}
	return w.addWords(id, c, terms)
}

// moveChunk records where a known chunk stands now.
func (w *writer) moveChunk(id int64, c Chunk, stale bool, terms [2]string) error {
	err := w.exec("UPDATE chunks SET seq = ?, first_line = ?, last_line = ?, start_byte = ?, end_byte = ?, tokens = ? WHERE id = ?",
		c.Seq, c.FirstLine, c.LastLine, c.Start, c.End, c.Tokens, id)
	if err != nil || !stale {
		return err
	}
	if err := w.exec("DELETE FROM words WHERE rowid = ?", id); err != nil {
		return err
	}
	return w.addWords(id, c, terms)
}

func (w *writer) addWords(id int64, c Chunk, terms [2]string) error {
	return w.exec("INSERT INTO words (rowid, text, heading, title, path) VALUES (?, ?, ?, ?, ?)",
		id, spaced(c.Text), spaced(strings.Join(c.Heading, "\n")), terms[0], terms[1])
}

// passage returns the key of a content address, new or known.
func (w *writer) passage(hash string) (int64, error) {
	key, err := w.key("SELECT key FROM passages WHERE hash = ?", hash)
	if err != nil || key != 0 {
		return key, err
	}
	return w.insert("INSERT INTO passages (hash) VALUES (?)", hash)
}

// noteTerms are what every chunk's row of words says about its note: title and path. Aliases are titles too.
func noteTerms(n Note) [2]string {
	names := append([]string{n.Title}, unique(n.Aliases)...)
	return [2]string{spaced(strings.Join(names, "\n")), spaced(trimExtension(n.ID))}
}

// noteTermsChanged compares with the terms of the last put, and records the new ones. The id, and so the path, never changes.
func (w *writer) noteTermsChanged(note int64, terms [2]string) (bool, error) {
	changed, err := w.key("SELECT 1 FROM notes WHERE key = ? AND title_terms <> ?", note, terms[0])
	if err != nil || changed == 0 {
		return false, err
	}
	return true, w.exec("UPDATE notes SET title_terms = ? WHERE key = ?", terms[0], note)
}

func spaced(text string) string { return strings.Join(Terms(text), " ") }

func headingJSON(heading []string) string {
	if len(heading) == 0 {
		return "[]"
	}
	data, err := json.Marshal(heading)
	if err != nil {
		panic(err) // a list of strings always encodes
	}
	return string(data)
}
