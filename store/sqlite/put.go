package sqlite

import (
	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// delete removes a note, all that belongs to it, and its file record. An unknown id is no error.
func (w *writer) delete(id string) error {
	w.dirty[notes.Key(id)] = true
	if err := w.exec("DELETE FROM files WHERE id = ?", id); err != nil {
		return err
	}
	return w.deleteNote(id)
}

// deleteNote leaves the file record alone.
func (w *writer) deleteNote(id string) error {
	note, err := w.key("SELECT key FROM notes WHERE id = ?", id)
	if err != nil || note == 0 {
		return err
	}
	if err := w.touchNames(note); err != nil {
		return err
	}
	old, err := w.oldChunks(note)
	if err != nil {
		return err
	}
	hash, err := w.hashOf(id)
	if err != nil {
		return err
	}
	w.happened(store.Event{Path: id, Event: store.Removed, OldHash: hash})
	title, err := w.titleTerms(note)
	if err != nil {
		return err
	}
	for _, c := range old {
		if err := w.deleteChunk(c, batch.NoteTerms{Names: title, Path: batch.PathTerms(id)}); err != nil {
			return err
		}
	}
	return w.exec("DELETE FROM notes WHERE key = ?", note)
}

// touchNames marks the names a note answers to now.
func (w *writer) touchNames(note int64) error {
	names, err := column[string](w.query("SELECT name FROM names WHERE note = ?", note))
	for _, name := range names {
		w.dirty[name] = true
	}
	return err
}

// put writes a note and all that belongs to it. The row of a known note stays, with the edges that lead to it.
func (w *writer) put(p store.Put) error {
	before, err := w.hashOf(p.Note.ID)
	if err != nil {
		return err
	}
	note, err := w.putNote(p.Note)
	if err != nil {
		return err
	}
	switch before {
	case p.Note.Hash:
	case "":
		w.happened(store.Event{Path: p.Note.ID, Event: store.Added, NewHash: p.Note.Hash})
	default:
		w.happened(store.Event{Path: p.Note.ID, Event: store.Changed, OldHash: before, NewHash: p.Note.Hash})
	}
	if err := w.putNames(note, p.Note); err != nil {
		return err
	}
	if err := w.putChunks(note, p); err != nil {
		return err
	}
	if err := w.putEdges(note, p.Edges); err != nil {
		return err
	}
	if err := w.sumNote(p.Note.ID); err != nil {
		return err
	}
	return w.recordFile(batch.FileOf(p))
}

func (w *writer) putNote(n store.Note) (int64, error) {
	return w.key(`INSERT INTO notes (id, title, hash, size, mtime, kind, lines, date, date_from) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, hash = excluded.hash, size = excluded.size, mtime = excluded.mtime,
		kind = excluded.kind, lines = excluded.lines, date = excluded.date, date_from = excluded.date_from RETURNING key`,
		n.ID, n.Title, n.Hash, n.Size, n.MTime, n.Kind, n.Lines, n.Date, n.DateFrom)
}

// putNames replaces tags, aliases and name keys. Edges resolve again for every key the note has or had.
func (w *writer) putNames(note int64, n store.Note) error {
	if err := w.touchNames(note); err != nil {
		return err
	}
	names := batch.NamesOf(n)
	for _, name := range names {
		w.dirty[name] = true
	}
	for _, list := range []struct {
		remove, add string
		values      []string
	}{
		{"DELETE FROM names WHERE note = ?", "INSERT INTO names (note, name) VALUES (?, ?)", names},
		{"DELETE FROM tags WHERE note = ?", "INSERT INTO tags (note, tag) VALUES (?, ?)", batch.Unique(n.Tags)},
		{"DELETE FROM aliases WHERE note = ?", "INSERT INTO aliases (note, alias) VALUES (?, ?)", batch.Unique(n.Aliases)},
	} {
		if err := w.exec(list.remove, note); err != nil {
			return err
		}
		for _, value := range list.values {
			if err := w.exec(list.add, note, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// putFile records a file. Where the record speaks of no note, an older one goes. The record of an unchanged note is left out
// where another writer has put other content meanwhile.
func (w *writer) putFile(f store.File) error {
	if !f.HasNote() {
		if err := w.deleteNote(f.ID); err != nil {
			return err
		}
		return w.recordFile(f)
	}
	hash, err := w.hashOf(f.ID)
	if err != nil || hash != f.Hash {
		return err
	}
	return w.recordFile(f)
}

// recordFile writes the record of one file. The size and time of a note's file stand in its row too.
func (w *writer) recordFile(f store.File) error {
	if f.HasNote() {
		if err := w.exec("UPDATE notes SET size = ?, mtime = ? WHERE id = ?", f.Size, f.MTime, f.ID); err != nil {
			return err
		}
	}
	rows := w.fileRows()
	if err := w.addFile(rows, f); err != nil {
		return err
	}
	return rows.flush()
}

// fileRows are rows of the table of files.
func (w *writer) fileRows() *bulk {
	return w.bulk("INSERT OR REPLACE INTO files (id, state, reason, hash, size, mtime, ctime, inode, racy, chunker, chunks, sum, name)",
		"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
}

func (w *writer) addFile(rows *bulk, f store.File) error {
	name := "" // the note has it
	if !f.HasNote() {
		name = notes.Key(f.ID)
		w.dirty[name] = true
	}
	return rows.add(f.ID, f.State, f.Reason, f.Hash, f.Size, f.MTime, f.CTime, f.Inode, f.Racy, f.Chunker, f.Chunks, sumOf(f), name)
}
