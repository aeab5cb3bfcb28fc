package postgres

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// While more batches of a run are to come, its links do not resolve: a name that many notes share would be looked up in every batch,
// and a large run take the square of its time. The Store remembers which names wait, and the row of its workspace that some do:
//
//	unresolved  the generation in which the names that one Store remembers began to wait; 0 where no Store knows all of them
//
// The last batch of a run resolves the names that wait in its Store, and so does one in between when they are many. Those of a run that
// was cut off, which no Store remembers, wait for the last batch of a run over the whole workspace, which then looks at every link.

// waiting are the names that wait in a Store.
type waiting struct {
	since int64 // what the workspace's row says while they are all that wait
	names map[string]bool
}

// maxWaiting bounds the names that wait, in number: about 5 MB, and what one batch more takes for them.
const maxWaiting = 40_000

// resolve looks the edges up again whose names changed hands in this batch, and in those before it.
func (w *writer) resolve(b store.Batch) error {
	if batch.OnlyVectors(b) {
		return nil
	}
	some := w.unresolved != nil
	mine := some && *w.unresolved != 0 && *w.unresolved == w.waiting.since
	if b.More && len(w.waiting.names)+len(w.dirty) <= maxWaiting {
		return w.postpone(some, mine)
	}
	w.resolvedWaiting = true
	if b.Whole && some && !mine {
		return cmp.Or(w.resolveAll(), w.noneWait())
	}
	maps.Copy(w.dirty, w.waiting.names)
	if err := w.resolveNames(slices.Sorted(maps.Keys(w.dirty))); err != nil || !mine {
		return err
	}
	return w.noneWait()
}

// noneWait says so in the workspace's row.
func (w *writer) noneWait() error {
	return w.exec("UPDATE workspaces SET unresolved = NULL WHERE key = $1", w.workspace)
}

// postpone leaves the names of this batch to a later one; some tells whether names wait already, and mine whether all those are of
// this Store.
func (w *writer) postpone(some, mine bool) error {
	if len(w.dirty) == 0 {
		return nil
	}
	if w.waiting.names == nil {
		w.waiting.names = map[string]bool{}
	}
	maps.Copy(w.waiting.names, w.dirty)
	if mine {
		return nil
	}
	w.waiting.since = 0
	if !some {
		w.waiting.since = w.generation + 1
	}
	return w.exec("UPDATE workspaces SET unresolved = $2 WHERE key = $1", w.workspace, w.waiting.since)
}

// namesAtOnce bounds the names whose edges are read at once.
const namesAtOnce = 2000

// resolveAll looks every edge up again.
func (w *writer) resolveAll() error {
	names, err := column[string](w.query("SELECT DISTINCT name FROM edges WHERE workspace = $1 AND name <> '' ORDER BY name", w.workspace))
	if err != nil {
		return err
	}
	return w.resolveNames(names)
}

// resolveNames looks the edges of these names up again.
func (w *writer) resolveNames(names []string) error {
	for some := range slices.Chunk(names, namesAtOnce) {
		if err := w.resolveSome(some); err != nil {
			return err
		}
	}
	return nil
}

// An openEdge is an edge whose target has to be looked up again.
type openEdge struct {
	key    int64
	source string
	line   int
	target notes.Target
	note   int64  // that answered so far, or 0
	file   string // that answered so far, or ""
}

// openEdges are the edges of some names, by name.
func openEdges(ctx context.Context, q querier, workspace int64, names []string) (map[string][]openEdge, error) {
	open := map[string][]openEdge{}
	rows, err := q.Query(ctx, `SELECT e.name, e.key, n.id, e.line, e.raw, e.rule, e.root, coalesce(e.target, 0), coalesce(e.file, '')
		FROM edges e JOIN notes n ON n.key = e.source WHERE e.workspace = $1 AND e.name = ANY($2) AND e.name <> '' ORDER BY e.key`, workspace, names)
	err = each(rows, err, func(rows pgx.Rows) error {
		var e openEdge
		var name string
		err := rows.Scan(&name, &e.key, &e.source, &e.line, &e.target.Name, &e.target.Rule, &e.target.Root, &e.note, &e.file)
		open[name] = append(open[name], e)
		return err
	})
	return open, err
}

// resolveSome points the edges of some names at the notes that answer to them, else at the files.
func (w *writer) resolveSome(names []string) error {
	open, err := openEdges(w.ctx, w, w.workspace, names)
	if err != nil || len(open) == 0 {
		return err
	}
	filed, err := filedUnder(w.ctx, w, w.workspace, slices.Sorted(maps.Keys(open)))
	if err != nil {
		return err
	}
	changed := newRows(3)
	for name, edges := range open {
		f := filed[name]
		r := notes.NewResolver(f.notes, f.files)
		for _, e := range edges {
			var note int64
			var file string
			if a := r.Linked(e.source, e.target); a.IsFile {
				file = a.ID
			} else {
				note = f.keys[a.ID]
			}
			if note != e.note || file != e.file {
				changed.add(e.key, note, file)
			}
		}
	}
	if changed.n == 0 {
		return nil
	}
	return w.exec("UPDATE edges SET target = nullif(c1, 0), file = nullif(c2, '') FROM "+changed.from(1, "bigint bigint text")+" WHERE key = c0", changed.args()...)
}

// filed is all that is filed under one name key.
type filed struct {
	notes []store.Note // only what they answer to
	keys  map[string]int64
	files []notes.File
}

// filedUnder reads what is filed under some names, by name.
func filedUnder(ctx context.Context, q querier, workspace int64, names []string) (map[string]filed, error) {
	found := make(map[string]filed, len(names))
	rows, err := q.Query(ctx, `SELECT m.name, n.key, n.id, n.title, n.aliases FROM names m JOIN notes n ON n.key = m.note
		WHERE m.workspace = $1 AND m.name = ANY($2)`, workspace, names)
	err = each(rows, err, func(rows pgx.Rows) error {
		var n store.Note
		var name string
		var key int64
		err := rows.Scan(&name, &key, &n.ID, &n.Title, &n.Aliases)
		f := found[name]
		if f.keys == nil {
			f.keys = map[string]int64{}
		}
		f.notes, f.keys[n.ID] = append(f.notes, n), key
		found[name] = f
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
		f := found[name]
		f.files = append(f.files, o)
		found[name] = f
		return err
	})
	return found, err
}

// resolverOf is the resolver of all that is filed under a name key.
func (s *Store) resolverOf(ctx context.Context, q querier, name string) (*notes.Resolver, error) {
	found, err := filedUnder(ctx, q, s.workspace, []string{name})
	return notes.NewResolver(found[name].notes, found[name].files), err
}
