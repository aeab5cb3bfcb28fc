package sqlite

import (
	"context"
	"database/sql"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// openLinks are the links to some names, by name.
func openLinks(ctx context.Context, q querier, names []string) (map[string][]batch.OpenLink, error) {
	open := map[string][]batch.OpenLink{}
	rows, err := q.QueryContext(ctx, `SELECT e.name, e.key, n.id, e.line, e.raw, e.rule, e.root, coalesce(e.target, 0), coalesce(e.file, '')
		FROM json_each(?) j CROSS JOIN edges e ON e.name = j.value JOIN notes n ON n.key = e.source WHERE j.value <> ''`, jsonList(names))
	err = each(rows, err, func(rows *sql.Rows) error {
		var l batch.OpenLink
		var name string
		err := rows.Scan(&name, &l.Key, &l.Source, &l.Line, &l.Target.Name, &l.Target.Rule, &l.Target.Root, &l.Note, &l.File)
		open[name] = append(open[name], l)
		return err
	})
	return open, err
}

// filedUnder reads what is filed under some names, by name.
func filedUnder(ctx context.Context, q querier, names []string) (map[string]*batch.Filed, error) {
	found, list := batch.FiledUnder(names), jsonList(names)
	rows, err := q.QueryContext(ctx, `SELECT names.name, n.key, n.id, n.title,
		(SELECT json_group_array(alias) FROM (SELECT alias FROM aliases WHERE note = n.key ORDER BY alias))
		FROM json_each(?) j CROSS JOIN names ON names.name = j.value JOIN notes n ON n.key = names.note`, list)
	err = each(rows, err, func(rows *sql.Rows) error {
		var n store.Note
		var name, aliases string
		var key int64
		if err := rows.Scan(&name, &key, &n.ID, &n.Title, &aliases); err != nil {
			return err
		}
		var err error
		n.Aliases, err = stringList(aliases)
		found[name].AddNote(key, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	rows, err = q.QueryContext(ctx, `SELECT o.name, o.id, o.linked FROM json_each(?1) j CROSS JOIN others o ON o.name = j.value
		UNION ALL SELECT f.name, f.id, 0 FROM json_each(?1) j CROSS JOIN files f ON f.name = j.value`, list)
	err = each(rows, err, func(rows *sql.Rows) error {
		var name string
		var o notes.File
		err := rows.Scan(&name, &o.ID, &o.PathOnly)
		found[name].AddFile(o)
		return err
	})
	return found, err
}

// resolverOf is the resolver of all that is filed under a name key.
func resolverOf(ctx context.Context, q querier, name string) (*notes.Resolver, error) {
	found, err := filedUnder(ctx, q, []string{name})
	if err != nil {
		return nil, err
	}
	return found[name].Resolver(), nil
}

// links is batch.Links of a writer. What waits stands in the row "unresolved" of meta.
type links struct{ w *writer }

// Names implements batch.Links.
func (l links) Names(after string, limit int) ([]string, error) {
	return column[string](l.w.query("SELECT DISTINCT name FROM edges WHERE name > ? ORDER BY name LIMIT ?", after, limit))
}

// Open implements batch.Links.
func (l links) Open(names []string) (map[string][]batch.OpenLink, error) {
	return openLinks(l.w.ctx, l.w, names)
}

// Filed implements batch.Links.
func (l links) Filed(names []string) (map[string]*batch.Filed, error) {
	return filedUnder(l.w.ctx, l.w, names)
}

// Point implements batch.Links.
func (l links) Point(changed []batch.OpenLink) error {
	for _, c := range changed {
		if err := l.w.exec("UPDATE edges SET target = nullif(?2, 0), file = nullif(?3, '') WHERE key = ?1", c.Key, c.Note, c.File); err != nil {
			return err
		}
	}
	return nil
}

// Unresolved implements batch.Links.
func (l links) Unresolved() (*int64, error) {
	noted, err := column[int64](l.w.query("SELECT value FROM meta WHERE name = 'unresolved'"))
	if err != nil || len(noted) == 0 {
		return nil, err
	}
	return &noted[0], nil
}

// SetUnresolved implements batch.Links.
func (l links) SetUnresolved(since *int64) error {
	if since == nil {
		return l.w.exec("DELETE FROM meta WHERE name = 'unresolved'")
	}
	return l.w.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('unresolved', ?)", *since)
}

// NextGeneration implements batch.Links.
func (l links) NextGeneration() (int64, error) {
	return l.w.key("SELECT value + 1 FROM meta WHERE name = 'generation'")
}

// resolve looks the links up again whose names changed hands in a batch, and in those before it.
func (w *writer) resolve(b store.Batch) (err error) {
	w.resolved, err = batch.Resolve(links{w}, b, w.waiting, w.dirty)
	return err
}
