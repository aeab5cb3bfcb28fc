package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// putOthers records which files and folders that are no notes came and went.
func (w *writer) putOthers(b store.Batch) error {
	came, gone := b.Others, b.Gone
	for _, id := range gone {
		w.dirty[notes.Key(id)] = true
		if err := w.exec("DELETE FROM others WHERE id = ?", id); err != nil {
			return err
		}
	}
	for _, o := range came {
		name := notes.Key(o.ID)
		w.dirty[name] = true
		if err := w.exec("INSERT OR REPLACE INTO others (id, name, linked) VALUES (?, ?, ?)", o.ID, name, o.Linked); err != nil {
			return err
		}
	}
	ids := batch.MaybeLinked(b)
	if len(ids) == 0 {
		return nil
	}
	return w.exec("DELETE FROM others WHERE linked AND id IN (SELECT value FROM json_each(?)) AND id IN (SELECT id FROM notes)", jsonList(ids))
}

// Others implements Store.
func (s *Store) Others(ctx context.Context) ([]store.Other, error) {
	others, err := readOthers(ctx, s.db)
	return others, s.wrap("read others of", err)
}

func readOthers(ctx context.Context, q querier) ([]store.Other, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, linked FROM others ORDER BY id")
	return collect(rows, err, func(rows *sql.Rows, o *store.Other) error { return rows.Scan(&o.ID, &o.Linked) })
}

// Conditions on an edge e.
const (
	// unanswered: nothing answers.
	unanswered = "e.name <> '' AND e.target IS NULL AND e.file IS NULL"
	// toSymbol: to what a program documents.
	toSymbol = "e.name GLOB '" + notes.SymbolPrefix + "*'"
	// optional: by notes.Optional, what may as well be no link.
	optional = "e.rule & 256 <> 0"
	// pending: to a symbol that no file documents, that of another program, mostly; or optional. Such edges wait for a note to answer and are
	// shown to nobody.
	pending = "(" + toSymbol + " OR " + optional + ")"
	known   = "NOT (e.target IS NULL AND " + pending + ")"
	// broken: this is the one place that says what a broken link is.
	broken = unanswered + " AND NOT " + pending
	// unnamed: front matter names a note in a bare word that nothing answers.
	unnamed = unanswered + " AND " + optional + " AND e.rule & 512 = 0" // notes.Remark
)

// edgesUnanswered reads by the index of such edges: SQLite would take that of targets, where all tags have none either.
const edgesUnanswered = " FROM edges e INDEXED BY edges_unanswered WHERE "

// Broken implements Store.
func (s *Store) Broken(ctx context.Context) ([]store.Edge, error) {
	edges, err := readEdges(ctx, s.db, broken)
	return edges, s.wrap("read links of", err)
}

// Unnamed implements Store.
func (s *Store) Unnamed(ctx context.Context) ([]store.Edge, error) {
	edges, err := edgesWhere(ctx, s.db, unnamed)
	return edges, s.wrap("read links of", err)
}

// BrokenPaths implements Store.
func (s *Store) BrokenPaths(ctx context.Context, sources []string, limit int) ([]notes.Target, error) {
	query := "SELECT DISTINCT e.raw, e.rule, e.root" + edgesUnanswered + broken + " AND (e.rule IN (?1, ?2, ?3) OR e.raw LIKE '%/%')"
	if sources != nil {
		query += " AND e.source IN (SELECT key FROM notes WHERE id IN (SELECT value FROM json_each(?5)))"
	}
	rows, err := s.db.QueryContext(ctx, query+" LIMIT ?4", notes.ByPath, notes.ByPathThenName, notes.ByAddress, limit, jsonList(sources))
	targets, err := collect(rows, err, func(rows *sql.Rows, t *notes.Target) error { return rows.Scan(&t.Name, &t.Rule, &t.Root) })
	return targets, s.wrap("read links of", err)
}

// Ambiguous implements Store.
func (s *Store) Ambiguous(ctx context.Context) (links []store.AmbiguousLink, err error) {
	err = s.read(ctx, "read links of", func(tx *sql.Tx) error {
		names, err := column[string](tx.QueryContext(ctx, `SELECT name FROM names WHERE name IN (SELECT name FROM edges WHERE rule <> ?)
			GROUP BY name HAVING count(*) > 1 ORDER BY name`, notes.ByPath))
		for _, name := range names {
			if err == nil {
				links, err = appendAmbiguous(ctx, tx, links, name)
			}
		}
		return err
	})
	slices.SortStableFunc(links, func(a, b store.AmbiguousLink) int { return cmp.Or(strings.Compare(a.Source, b.Source), a.Line-b.Line) })
	return links, err
}

// appendAmbiguous adds the links that are filed under one name key.
func appendAmbiguous(ctx context.Context, tx *sql.Tx, links []store.AmbiguousLink, name string) ([]store.AmbiguousLink, error) {
	filed, err := filedUnder(ctx, tx, []string{name})
	if err != nil {
		return nil, err
	}
	open, err := openLinks(ctx, tx, []string{name})
	if err != nil {
		return nil, err
	}
	return filed[name].Ambiguous(links, open[name]), nil
}
