package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// openLinks are the links to some names, by name.
func openLinks(ctx context.Context, q querier, workspace int64, names []string) (map[string][]batch.OpenLink, error) {
	open := map[string][]batch.OpenLink{}
	rows, err := q.Query(ctx, `SELECT e.name, e.key, n.id, e.line, e.raw, e.rule, e.root, coalesce(e.target, 0), coalesce(e.file, '')
		FROM edges e JOIN notes n ON n.key = e.source WHERE e.workspace = $1 AND e.name = ANY($2) AND e.name <> '' ORDER BY e.key`, workspace, names)
	err = each(rows, err, func(rows pgx.Rows) error {
		var l batch.OpenLink
		var name string
		err := rows.Scan(&name, &l.Key, &l.Source, &l.Line, &l.Target.Name, &l.Target.Rule, &l.Target.Root, &l.Note, &l.File)
		open[name] = append(open[name], l)
		return err
	})
	return open, err
}

// filedUnder reads what is filed under some names, by name.
func filedUnder(ctx context.Context, q querier, workspace int64, names []string) (map[string]*batch.Filed, error) {
	found := batch.FiledUnder(names)
	rows, err := q.Query(ctx, `SELECT m.name, n.key, n.id, n.title, n.aliases FROM names m JOIN notes n ON n.key = m.note
		WHERE m.workspace = $1 AND m.name = ANY($2)`, workspace, names)
	err = each(rows, err, func(rows pgx.Rows) error {
		var n store.Note
		var name string
		var key int64
		err := rows.Scan(&name, &key, &n.ID, &n.Title, &n.Aliases)
		found[name].AddNote(key, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	rows, err = q.Query(ctx, `SELECT o.name, o.id, o.linked FROM others o WHERE o.workspace = $1 AND o.name = ANY($2)
		UNION ALL SELECT f.name, f.id, false FROM files f WHERE f.workspace = $1 AND f.name = ANY($2)`, workspace, names)
	err = each(rows, err, func(rows pgx.Rows) error {
		var name string
		var o notes.File
		err := rows.Scan(&name, &o.ID, &o.PathOnly)
		found[name].AddFile(o)
		return err
	})
	return found, err
}

// resolverOf is the resolver of all that is filed under a name key.
func (s *Store) resolverOf(ctx context.Context, q querier, name string) (*notes.Resolver, error) {
	found, err := filedUnder(ctx, q, s.workspace, []string{name})
	if err != nil {
		return nil, err
	}
	return found[name].Resolver(), nil
}

// links is batch.Links of a writer. What waits stands in the row of its workspace.
type links struct{ w *writer }

// Names implements batch.Links.
func (l links) Names(after string, limit int) ([]string, error) {
	return column[string](l.w.query("SELECT DISTINCT name FROM edges WHERE workspace = $1 AND name > $2 ORDER BY name LIMIT $3", l.w.workspace, after, limit))
}

// Open implements batch.Links.
func (l links) Open(names []string) (map[string][]batch.OpenLink, error) {
	return openLinks(l.w.ctx, l.w, l.w.workspace, names)
}

// Filed implements batch.Links.
func (l links) Filed(names []string) (map[string]*batch.Filed, error) {
	return filedUnder(l.w.ctx, l.w, l.w.workspace, names)
}

// Point implements batch.Links.
func (l links) Point(changed []batch.OpenLink) error {
	r := newRows(3)
	for _, c := range changed {
		r.add(c.Key, c.Note, c.File)
	}
	return l.w.exec("UPDATE edges SET target = nullif(c1, 0), file = nullif(c2, '') FROM "+r.from(1, "bigint bigint text")+" WHERE key = c0", r.args()...)
}

// Unresolved implements batch.Links.
func (l links) Unresolved() (*int64, error) { return l.w.unresolved, nil }

// SetUnresolved implements batch.Links.
func (l links) SetUnresolved(since *int64) error {
	return l.w.exec("UPDATE workspaces SET unresolved = $2 WHERE key = $1", l.w.workspace, since)
}

// NextGeneration implements batch.Links.
func (l links) NextGeneration() (int64, error) { return l.w.generation + 1, nil }

// resolve looks the links up again whose names changed hands in a batch, and in those before it.
func (w *writer) resolve(b store.Batch) (err error) {
	w.resolved, err = batch.Resolve(links{w}, b, w.waiting, w.dirty)
	return err
}
