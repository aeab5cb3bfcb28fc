package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"amalfa/store"
	"amalfa/store/batch"
)

// knownNotes are those of the ids that have a note.
func knownNotes(ctx context.Context, q querier, ids []string) (map[string]bool, error) {
	known := make(map[string]bool, len(ids))
	found, err := column[string](q.QueryContext(ctx, "SELECT id FROM notes WHERE id IN (SELECT value FROM json_each(?))", jsonList(ids)))
	for _, id := range found {
		known[id] = true
	}
	return known, err
}

// putFresh writes, table by table, the notes that have drafts and that the index still does not know, and returns the puts that are left.
// Nothing of them is there to be compared, replaced or removed, so that they take few statements.
func (w *writer) putFresh(puts []store.Put, drafts map[string]*draft) (left []store.Put, err error) {
	if len(drafts) == 0 {
		return puts, nil
	}
	known, err := knownNotes(w.ctx, w, slices.Collect(maps.Keys(drafts)))
	if err != nil {
		return nil, err
	}
	var fresh []*draft
	for _, p := range puts {
		d := drafts[p.Note.ID]
		if d == nil || known[p.Note.ID] {
			left = append(left, p)
			continue
		}
		known[p.Note.ID] = true
		fresh = append(fresh, d)
	}
	key, err := w.key("SELECT coalesce(max(key), 0) FROM notes")
	if err != nil {
		return nil, err
	}
	if err := w.addWords(fresh); err != nil {
		return nil, err
	}
	if len(left) == 0 {
		w.buildWords()
	}
	for _, write := range []func(int64, []*draft) error{w.freshNotes, w.freshNames, w.freshChunks, w.freshEdges, w.freshFiles} {
		if err := write(key+1, fresh); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// freshNotes writes the rows of notes; the first gets the key first, as in what follows.
func (w *writer) freshNotes(first int64, fresh []*draft) error {
	rows := w.bulk("INSERT INTO notes (key, id, title, hash, size, mtime, kind, lines, date, date_from, title_terms, sum)",
		"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	for i, d := range fresh {
		n := d.Note
		if n.Hash != "" {
			w.happened(store.Event{Path: n.ID, Event: store.Added, NewHash: n.Hash})
		}
		err := rows.add(first+int64(i), n.ID, n.Title, n.Hash, n.Size, n.MTime, n.Kind, n.Lines, n.Date, n.DateFrom, d.Terms.Names, d.sum)
		if err != nil {
			return err
		}
	}
	return rows.flush()
}

func (w *writer) freshNames(first int64, fresh []*draft) error {
	names := w.bulk("INSERT INTO names (note, name)", "(?, ?)")
	tags := w.bulk("INSERT INTO tags (note, tag)", "(?, ?)")
	aliases := w.bulk("INSERT INTO aliases (note, alias)", "(?, ?)")
	for i, d := range fresh {
		for _, name := range d.Names {
			w.dirty[name] = true
		}
		for _, list := range []struct {
			rows   *bulk
			values []string
		}{{names, d.Names}, {tags, batch.Unique(d.Note.Tags)}, {aliases, batch.Unique(d.Note.Aliases)}} {
			for _, value := range list.values {
				if err := list.rows.add(first+int64(i), value); err != nil {
					return err
				}
			}
		}
	}
	for _, rows := range []*bulk{names, tags, aliases} {
		if err := rows.flush(); err != nil {
			return err
		}
	}
	return nil
}

// addWords adds the words of the chunks.
func (w *writer) addWords(fresh []*draft) error {
	id, err := w.lastChunk()
	for _, d := range fresh {
		for _, document := range d.Documents {
			id++
			w.words.Add(id, document)
		}
	}
	return err
}

// lastChunk is the id after which the next chunk comes.
func (w *writer) lastChunk() (int64, error) {
	return w.key("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'")
}

// freshChunks writes the chunks, with the ids that SQLite would give them. A chunk whose passage is known may have a vector already.
func (w *writer) freshChunks(first int64, fresh []*draft) error {
	passages, known, err := w.passages(fresh)
	if err != nil {
		return err
	}
	id, err := w.lastChunk()
	if err != nil {
		return err
	}
	rows := w.bulk("INSERT INTO chunks (id, note, passage, seq, heading, first_line, last_line, start_byte, end_byte, tokens, text, plain, hidden)",
		"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''))")
	for i, d := range fresh {
		for j, c := range d.Chunks {
			id++
			err := rows.add(id, first+int64(i), passages[c.Hash], c.Seq, d.headings[j], c.FirstLine, c.LastLine, c.Start, c.End, c.Tokens,
				c.Text, c.Plain, c.Hidden)
			if err != nil {
				return err
			}
			if known[c.Hash] {
				w.revectored[id] = true
			}
		}
	}
	return rows.flush()
}

// passages returns the key of every content address among the drafts, and which of them the index knew.
func (w *writer) passages(fresh []*draft) (keys map[string]int64, known map[string]bool, err error) {
	keys = map[string]int64{}
	for _, d := range fresh {
		for _, c := range d.Chunks {
			keys[c.Hash] = 0
		}
	}
	hashes := slices.Sorted(maps.Keys(keys)) // in the order of their index: each of its pages is then visited once
	known = map[string]bool{}
	err = w.rows(func(rows *sql.Rows) error {
		var hash string
		var key int64
		err := rows.Scan(&hash, &key)
		keys[hash], known[hash] = key, true
		return err
	}, "SELECT hash, key FROM passages WHERE hash IN (SELECT value FROM json_each(?))", jsonList(hashes))
	if err != nil {
		return nil, nil, err
	}
	last, err := w.key("SELECT coalesce(max(key), 0) FROM passages")
	if err != nil {
		return nil, nil, err
	}
	rows := w.bulk("INSERT INTO passages (key, hash)", "(?, ?)")
	for _, hash := range hashes {
		if known[hash] {
			continue
		}
		last++
		keys[hash] = last
		if err := rows.add(last, hash); err != nil {
			return nil, nil, err
		}
	}
	return keys, known, rows.flush()
}

func (w *writer) freshEdges(first int64, fresh []*draft) error {
	rows := w.edgeRows()
	for i, d := range fresh {
		for _, e := range d.Edges {
			if err := w.addEdge(rows, first+int64(i), e); err != nil {
				return err
			}
		}
	}
	return rows.flush()
}

func (w *writer) freshFiles(_ int64, fresh []*draft) error {
	rows := w.fileRows()
	for _, d := range fresh {
		if err := w.addFile(rows, batch.FileOf(d.Put)); err != nil {
			return err
		}
	}
	return rows.flush()
}
