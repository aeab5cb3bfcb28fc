package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// putEdges replaces the edges that start at a note. They resolve at the end of the batch, when all its notes are there.
func (w *writer) putEdges(note int64, edges []store.Edge) error {
	if err := w.exec("DELETE FROM edges WHERE source = ?", note); err != nil {
		return err
	}
	rows := w.edgeRows()
	for _, e := range edges {
		if err := w.addEdge(rows, note, e); err != nil {
			return err
		}
	}
	return rows.flush()
}

// edgeRows are rows of the table of edges.
func (w *writer) edgeRows() *bulk {
	return w.bulk("INSERT INTO edges (source, raw, name, rule, root, type, weight, line, sentence)", "(?, ?, ?, ?, ?, ?, ?, ?, ?)")
}

func (w *writer) addEdge(rows *bulk, note int64, e store.Edge) error {
	name := ""
	if !strings.HasPrefix(e.Target, notes.TagPrefix) {
		name = notes.Target{Name: e.Target, Rule: e.Rule}.Key()
		w.dirty[name] = true
	}
	return rows.add(note, e.Target, name, e.Rule, e.Root, e.Type, e.Weight, e.Line, e.Sentence)
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
		if err := w.exec("UPDATE notes SET title_terms = ? WHERE key = ?", batch.TermsOf(n).Names, key); err != nil {
			return err
		}
	}
	files, err := readFiles(w.ctx, w.tx)
	for id, f := range files {
		if err == nil && !f.HasNote() {
			err = w.exec("UPDATE files SET name = ? WHERE id = ?", notes.Key(id), id)
		}
	}
	if err != nil {
		return err
	}
	raws, err := column[string](w.query("SELECT DISTINCT raw FROM edges WHERE name <> ''"))
	for _, raw := range raws {
		if err == nil {
			err = w.exec("UPDATE edges SET name = ? WHERE raw = ? AND name <> ''", notes.Key(raw), raw)
		}
	}
	if err != nil {
		return err
	}
	return batch.ResolveAll(links{w})
}

// Edges implements Store.
func (s *Store) Edges(ctx context.Context, id string, dir store.Direction) ([]store.Edge, error) {
	const out = "e.source = (SELECT key FROM notes WHERE id = ?1)"
	const in = "(e.target = (SELECT key FROM notes WHERE id = ?1) OR e.name = '' AND e.raw = ?1 OR e.target IS NULL AND e.file = ?1)"
	where := map[store.Direction]string{store.Out: out, store.In: in, store.Both: out + " OR " + in}[dir]
	edges, err := readEdges(ctx, s.db, where, id)
	return edges, s.wrap("read edges of", err)
}

// readEdges reads those that people are shown.
func readEdges(ctx context.Context, q querier, where string, args ...any) ([]store.Edge, error) {
	return edgesWhere(ctx, q, known+" AND ("+where+")", args...)
}

func edgesWhere(ctx context.Context, q querier, where string, args ...any) ([]store.Edge, error) {
	rows, err := q.QueryContext(ctx, `SELECT a.id, coalesce(b.id, e.file, e.raw), e.type, e.weight, e.line, e.sentence, e.rule, e.root,
		b.id IS NOT NULL OR e.file IS NOT NULL OR e.name = '', b.id IS NULL AND e.file IS NOT NULL
		FROM edges e JOIN notes a ON a.key = e.source LEFT JOIN notes b ON b.key = e.target WHERE `+where+" ORDER BY 1, e.line, 2, e.key", args...)
	return collect(rows, err, func(rows *sql.Rows, e *store.Edge) error {
		return rows.Scan(&e.Source, &e.Target, &e.Type, &e.Weight, &e.Line, &e.Sentence, &e.Rule, &e.Root, &e.Resolved, &e.File)
	})
}
