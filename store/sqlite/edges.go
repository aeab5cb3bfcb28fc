package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// putEdges replaces the edges that start at a note. They resolve at the end of the batch, when all its notes are there.
func (w *writer) putEdges(note int64, edges []store.Edge) error {
	if err := w.exec("DELETE FROM edges WHERE source = ?", note); err != nil {
		return err
	}
	for _, e := range edges {
		name := ""
		if !strings.HasPrefix(e.Target, notes.TagPrefix) {
			name = notes.Key(e.Target)
			w.dirty[name] = true
		}
		err := w.exec("INSERT INTO edges (source, raw, name, rule, root, type, weight, line, sentence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			note, e.Target, name, e.Rule, e.Root, e.Type, e.Weight, e.Line, e.Sentence)
		if err != nil {
			return err
		}
	}
	return nil
}

// openEdge is an edge whose target has to be looked up again.
type openEdge struct {
	key    int64
	source string
	target notes.Target
}

// resolve looks the edges up again whose names changed hands in this batch.
func (w *writer) resolve() error {
	for _, name := range slices.Sorted(maps.Keys(w.dirty)) {
		rows, err := w.query("SELECT e.key, n.id, e.raw, e.rule, e.root FROM edges e JOIN notes n ON n.key = e.source WHERE e.name = ? AND e.name <> ''", name)
		open, err := collect(rows, err, func(rows *sql.Rows, e *openEdge) error {
			return rows.Scan(&e.key, &e.source, &e.target.Name, &e.target.Rule, &e.target.Root)
		})
		if err != nil {
			return err
		}
		if len(open) == 0 {
			continue
		}
		if err := w.resolveName(open, name); err != nil {
			return err
		}
	}
	return nil
}

// resolveName points edges that share a name key at the notes that answer to it.
func (w *writer) resolveName(open []openEdge, name string) error {
	keys, found, err := w.notesNamed(name)
	if err != nil {
		return err
	}
	for _, e := range open {
		var target any // NULL while nothing answers
		if n, ok := notes.Linked(found, e.source, e.target); ok {
			target = keys[n.ID]
		}
		if err := w.exec("UPDATE edges SET target = ?2 WHERE key = ?1 AND target IS NOT ?2", e.key, target); err != nil {
			return err
		}
	}
	return nil
}

// notesNamed returns the notes filed under a name key, with their names.
func (w *writer) notesNamed(name string) (map[string]int64, []store.Note, error) {
	keys := map[string]int64{}
	var found []store.Note
	err := w.rows(func(rows *sql.Rows) error {
		n, key, err := scanNote(rows)
		keys[n.ID] = key
		found = append(found, n)
		return err
	}, noteQuery+" JOIN names ON names.note = notes.key WHERE names.name = ? ORDER BY notes.id", name)
	return keys, found, err
}

// nameAll files all notes and edges anew under their names, and looks all edges up again.
func (w *writer) nameAll() error {
	found, err := readNotes(w.ctx, w.tx, noteQuery)
	if err != nil {
		return err
	}
	for _, n := range found {
		key, err := w.key("SELECT key FROM notes WHERE id = ?", n.ID)
		if err != nil {
			return err
		}
		if err := w.putNames(key, n); err != nil {
			return err
		}
		if err := w.exec("UPDATE notes SET title_terms = ? WHERE key = ?", termsOf(n).names, key); err != nil {
			return err
		}
	}
	raws, err := column[string](w.query("SELECT DISTINCT raw FROM edges WHERE name <> ''"))
	for _, raw := range raws {
		if err == nil {
			w.dirty[notes.Key(raw)] = true
			err = w.exec("UPDATE edges SET name = ? WHERE raw = ? AND name <> ''", notes.Key(raw), raw)
		}
	}
	if err != nil {
		return err
	}
	return w.resolve()
}

// Edges implements Store.
func (s *Store) Edges(ctx context.Context, id string, dir store.Direction) ([]store.Edge, error) {
	const query = `SELECT a.id, coalesce(b.id, e.file, e.raw), e.type, e.weight, e.line, e.sentence, e.rule, e.root,
		b.id IS NOT NULL OR e.file IS NOT NULL OR e.name = '', b.id IS NULL AND e.file IS NOT NULL
		FROM edges e JOIN notes a ON a.key = e.source LEFT JOIN notes b ON b.key = e.target WHERE `
	const out = "e.source = (SELECT key FROM notes WHERE id = ?1)"
	const in = "(e.target = (SELECT key FROM notes WHERE id = ?1) OR e.name = '' AND e.raw = ?1 OR e.target IS NULL AND e.file = ?1)"
	where := map[store.Direction]string{store.Out: out, store.In: in, store.Both: out + " OR " + in}[dir]
	rows, err := s.db.QueryContext(ctx, query+where+" ORDER BY 1, e.line, 2, e.key", id)
	edges, err := collect(rows, err, func(rows *sql.Rows, e *store.Edge) error {
		return rows.Scan(&e.Source, &e.Target, &e.Type, &e.Weight, &e.Line, &e.Sentence, &e.Rule, &e.Root, &e.Resolved, &e.File)
	})
	return edges, s.wrap("read edges of", err)
}
