package postgres

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/jackc/pgx/v5"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// known is the row of a note before a put.
type known struct {
	key                           int64
	id, hash, titleTerms, machine string
}

// knownNotes are the rows of those of the notes that exist, by id.
func (w *writer) knownNotes(ids []string) (map[string]known, error) {
	found := make(map[string]known, len(ids))
	err := w.rows(func(rows pgx.Rows) error {
		var k known
		err := rows.Scan(&k.key, &k.id, &k.hash, &k.titleTerms, &k.machine)
		found[k.id] = k
		return err
	}, "SELECT key, id, hash, title_terms, machine FROM notes WHERE workspace = $1 AND id = ANY($2)", w.workspace, ids)
	return found, err
}

// deleteOwn removes notes, all that belongs to them, and their files' records, but for those that another machine wrote last: that a
// file is not here says nothing of there. An unknown id is no error.
func (w *writer) deleteOwn(ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		w.dirty[notes.Key(id)] = true
	}
	gone, err := column[string](w.query("DELETE FROM files WHERE workspace = $1 AND id = ANY($2) AND machine = $3 RETURNING id", w.workspace, ids, w.machine))
	if err != nil {
		return err
	}
	// what is seen no more may be written here again, also where another machine has it
	if err := w.exec("DELETE FROM seen WHERE workspace = $1 AND id = ANY($2) AND machine = $3", w.workspace, ids, w.machine); err != nil {
		return err
	}
	slices.SortFunc(gone, func(a, b string) int { return slices.Index(ids, a) - slices.Index(ids, b) })
	return w.deleteNotes(gone)
}

// deleteNotes leaves the files' records alone.
func (w *writer) deleteNotes(ids []string) error {
	found, err := w.knownNotes(ids)
	if err != nil || len(found) == 0 {
		return err
	}
	var keys []int64
	terms := map[int64]batch.NoteTerms{}
	for _, id := range ids {
		if k, ok := found[id]; ok {
			w.events = append(w.events, store.Event{Path: id, Event: store.Removed, OldHash: k.hash})
			keys, terms[k.key] = append(keys, k.key), batch.NoteTerms{Names: k.titleTerms, Path: batch.PathTerms(id)}
		}
	}
	if err := w.touchNames(keys); err != nil {
		return err
	}
	old, err := w.oldChunks(keys)
	if err != nil {
		return err
	}
	for note, chunks := range old {
		for _, c := range chunks {
			w.forget(c, terms[note])
		}
	}
	return w.exec("DELETE FROM notes WHERE key = ANY($1)", keys)
}

// touchNames marks the names that notes answer to now.
func (w *writer) touchNames(keys []int64) error {
	if len(keys) == 0 {
		return nil
	}
	names, err := column[string](w.query("SELECT DISTINCT name FROM names WHERE note = ANY($1)", keys))
	for _, name := range names {
		w.dirty[name] = true
	}
	return err
}

// putAll writes notes and all that belongs to them. Of two puts of one note the second is a change of the first.
func (w *writer) putAll(puts []store.Put) error {
	for len(puts) > 0 {
		seen := map[string]bool{}
		n := 0
		for n < len(puts) && !seen[puts[n].Note.ID] {
			seen[puts[n].Note.ID] = true
			n++
		}
		if err := w.putSome(puts[:n]); err != nil {
			return err
		}
		puts = puts[n:]
	}
	return nil
}

// A placed put has the row of its note.
type placed struct {
	*batch.Draft
	key int64
	old known // zero for a new note
}

// putSome writes notes that are all different. The row of a known note stays, with the edges that lead to it.
func (w *writer) putSome(puts []store.Put) error {
	ids := make([]string, len(puts))
	all := make([]placed, len(puts))
	for i, p := range puts {
		all[i].Draft, _ = p.Ahead.(*batch.Draft)
		ids[i] = p.Note.ID
	}
	before, err := w.knownNotes(ids)
	if err != nil {
		return err
	}
	if err := conflicts(puts, before); err != nil {
		return err
	}
	for i := range all {
		all[i].old = before[ids[i]]
		w.putEvent(all[i])
	}
	// new notes first, as the other store has it: their chunks get the lower ids, which break ties
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(min(a.old.key, 1), min(b.old.key, 1)) })
	for _, step := range []func([]placed) error{w.putNotes, w.putNames, w.putChunks, w.putEdges, w.putOwnFiles} {
		if err := step(all); err != nil {
			return err
		}
	}
	return nil
}

// conflicts is a ConflictError where another writer has put other content since the puts were made.
func conflicts(puts []store.Put, before map[string]known) error {
	var lost []string
	for _, p := range puts {
		if hash := before[p.Note.ID].hash; p.Over != nil && hash != *p.Over && hash != p.Note.Hash {
			lost = append(lost, p.Note.ID)
		}
	}
	if len(lost) > 0 {
		return &store.ConflictError{IDs: lost}
	}
	return nil
}

func (w *writer) putEvent(p placed) {
	id, hash := p.Note.ID, p.Note.Hash
	switch {
	case p.old.hash == hash:
	case p.old.hash == "":
		w.events = append(w.events, store.Event{Path: id, Event: store.Added, NewHash: hash})
	default:
		w.events = append(w.events, store.Event{Path: id, Event: store.Changed, OldHash: p.old.hash, NewHash: hash})
	}
}

// putNotes writes the rows of notes and learns their keys.
func (w *writer) putNotes(all []placed) error {
	r := newRows(13)
	for _, p := range all {
		n := p.Note
		r.add(n.ID, n.Title, n.Hash, n.Size, n.MTime, n.Kind, int64(n.Lines), n.Date, n.DateFrom, jsonOf(batch.Unique(n.Tags)),
			jsonOf(batch.Unique(n.Aliases)), p.Terms.Names, w.machine)
	}
	keys := make(map[string]int64, len(all))
	err := w.rows(func(rows pgx.Rows) error {
		var key int64
		var id string
		err := rows.Scan(&key, &id)
		keys[id] = key
		return err
	}, `INSERT INTO notes (workspace, id, title, hash, size, mtime, kind, lines, date, date_from, tags, aliases, title_terms, machine)
		SELECT $1, c0, c1, c2, c3, c4, c5, c6, c7, c8, `+listOf("c9")+`, `+listOf("c10")+`, c11, c12 FROM `+
		r.from(2, "text text text bigint bigint text bigint text text text text text text")+`
		ON CONFLICT (workspace, id) DO UPDATE SET title = excluded.title, hash = excluded.hash, size = excluded.size, mtime = excluded.mtime,
		kind = excluded.kind, lines = excluded.lines, date = excluded.date, date_from = excluded.date_from, tags = excluded.tags,
		aliases = excluded.aliases, title_terms = excluded.title_terms, machine = excluded.machine RETURNING key, id`, r.args(w.workspace)...)
	for i := range all {
		all[i].key = keys[all[i].Note.ID]
	}
	return err
}

// listOf is a text array of a JSON list.
func listOf(column string) string {
	return "ARRAY(SELECT value FROM jsonb_array_elements_text(" + column + "::jsonb) WITH ORDINALITY ORDER BY ordinality)"
}

// jsonOf is a list as JSON of texts that PostgreSQL takes. What was encoded in them stands as JSON's own escapes, or it would be encoded
// once more on its way as a text.
func jsonOf(list []string) string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = encode(text)
	}
	data, err := json.Marshal(out)
	if err != nil {
		panic(err) // texts always encode
	}
	if !strings.Contains(string(data), mark) {
		return string(data)
	}
	var b strings.Builder
	for _, r := range string(data) {
		if isEscaped(r) {
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// known are the keys of those notes that were there before.
func knownKeys(all []placed) (keys []int64) {
	for _, p := range all {
		if p.old.key != 0 {
			keys = append(keys, p.key)
		}
	}
	return keys
}

// putNames replaces name keys. Edges resolve again for every key that a note has or had.
func (w *writer) putNames(all []placed) error {
	old := knownKeys(all)
	if err := w.touchNames(old); err != nil {
		return err
	}
	if len(old) > 0 {
		if err := w.exec("DELETE FROM names WHERE note = ANY($1)", old); err != nil {
			return err
		}
	}
	r := newRows(2)
	for _, p := range all {
		for _, name := range p.Names {
			w.dirty[name] = true
			r.add(name, p.key)
		}
	}
	return w.insert(r, "names (workspace, name, note)", "text bigint")
}

// putEdges replaces the edges that start at notes. They resolve at the end of the batch, when all its notes are there.
func (w *writer) putEdges(all []placed) error {
	if old := knownKeys(all); len(old) > 0 {
		if err := w.exec("DELETE FROM edges WHERE source = ANY($1)", old); err != nil {
			return err
		}
	}
	r := newRows(9)
	for _, p := range all {
		for _, e := range p.Edges {
			name := ""
			if !strings.HasPrefix(e.Target, notes.TagPrefix) {
				name = notes.Target{Name: e.Target, Rule: e.Rule}.Key()
				w.dirty[name] = true
			}
			r.add(p.key, e.Target, name, int64(e.Rule), e.Root, e.Type, e.Weight, int64(e.Line), e.Sentence)
		}
	}
	return w.insert(r, "edges (workspace, source, raw, name, rule, root, type, weight, line, sentence)",
		"bigint text text bigint text text float8 bigint text")
}

// oldChunk is what putChunks compares new chunks with.
type oldChunk struct {
	id, passage int64
	store.Chunk
}

// oldChunks are those of some notes, by note.
func (w *writer) oldChunks(keys []int64) (map[int64][]oldChunk, error) {
	found := map[int64][]oldChunk{}
	if len(keys) == 0 {
		return found, nil
	}
	err := w.rows(func(rows pgx.Rows) error {
		var c oldChunk
		var note int64
		err := rows.Scan(&note, &c.id, &c.passage, &c.Hash, &c.Heading, &c.Text, &c.Plain, &c.Hidden)
		found[note] = append(found[note], c)
		return err
	}, `SELECT c.note, c.id, c.passage, p.hash, c.heading, c.text, c.plain, c.hidden FROM chunks c JOIN passages p ON p.key = c.passage
		WHERE c.note = ANY($1) ORDER BY c.note, c.seq, c.id`, keys)
	return found, err
}

// forget takes a chunk's words out of the index.
func (w *writer) forget(c oldChunk, terms batch.NoteTerms) {
	w.orphans[c.passage] = true
	w.removeWords(c.id, w.analyzer.Document(batch.Columns(c.Chunk, terms)))
}

// putChunks makes notes' chunks those of their puts. A chunk whose hash, heading and texts are already there keeps its row and id,
// wherever it moved, unless the note's names changed.
func (w *writer) putChunks(all []placed) error {
	old, err := w.oldChunks(knownKeys(all))
	if err != nil {
		return err
	}
	passages, err := w.passages(all)
	if err != nil {
		return err
	}
	last := w.chunk
	moved, added := newRows(7), newRows(13)
	var gone []int64
	for _, p := range all {
		contents := make([]batch.Content, len(old[p.key]))
		for i, c := range old[p.key] {
			contents[i] = batch.ContentOf(c.Chunk)
		}
		kept, fresh := batch.Match(contents, p.Chunks, p.old.titleTerms == p.Terms.Names)
		for i, c := range old[p.key] {
			at, ok := kept[i]
			if !ok {
				gone = append(gone, c.id)
				w.forget(c, batch.NoteTerms{Names: p.old.titleTerms, Path: p.Terms.Path})
				continue
			}
			n := p.Chunks[at]
			moved.add(c.id, int64(n.Seq), int64(n.FirstLine), int64(n.LastLine), int64(n.Start), int64(n.End), int64(n.Tokens))
		}
		for _, i := range fresh {
			c := p.Chunks[i]
			last++
			added.add(last, p.key, passages[c.Hash], int64(c.Seq), jsonOf(c.Heading), int64(c.FirstLine), int64(c.LastLine), int64(c.Start),
				int64(c.End), int64(c.Tokens), c.Text, c.Plain, c.Hidden)
			w.addWords(last, p.Documents[i])
		}
	}
	if len(gone) > 0 {
		if err := w.exec("DELETE FROM chunks WHERE workspace = $1 AND id = ANY($2)", w.workspace, gone); err != nil {
			return err
		}
	}
	if moved.n > 0 {
		err := w.exec(`UPDATE chunks c SET seq = c1, first_line = c2, last_line = c3, start_byte = c4, end_byte = c5, tokens = c6 FROM `+
			moved.from(2, "bigint bigint bigint bigint bigint bigint bigint")+` WHERE c.workspace = $1 AND c.id = c0`, moved.args(w.workspace)...)
		if err != nil {
			return err
		}
	}
	if added.n == 0 {
		return nil
	}
	err = w.exec(`INSERT INTO chunks (workspace, id, note, passage, seq, heading, first_line, last_line, start_byte, end_byte, tokens, text, plain, hidden)
		SELECT $1, c0, c1, c2, c3, `+listOf("c4")+`, c5, c6, c7, c8, c9, c10, c11, c12 FROM `+
		added.from(2, "bigint bigint bigint bigint text bigint bigint bigint bigint bigint text text text"), added.args(w.workspace)...)
	if err != nil {
		return err
	}
	w.chunk = last
	return w.exec("UPDATE workspaces SET chunk = $2 WHERE key = $1", w.workspace, last)
}

// passages returns the key of every content address of the puts, new or known.
func (w *writer) passages(all []placed) (map[string]int64, error) {
	keys := map[string]int64{}
	for _, p := range all {
		for _, c := range p.Chunks {
			keys[c.Hash] = 0
		}
	}
	hashes := slices.Sorted(maps.Keys(keys))
	if len(hashes) == 0 {
		return keys, nil
	}
	err := w.exec("INSERT INTO passages (workspace, hash) SELECT $1, h FROM unnest($2::text[]) h ON CONFLICT DO NOTHING", w.workspace, hashes)
	if err != nil {
		return nil, err
	}
	err = w.rows(func(rows pgx.Rows) error {
		var hash string
		var key int64
		err := rows.Scan(&hash, &key)
		keys[hash] = key
		return err
	}, "SELECT hash, key FROM passages WHERE workspace = $1 AND hash = ANY($2)", w.workspace, hashes)
	return keys, err
}
