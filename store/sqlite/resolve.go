package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// While more batches of a run are to come, its links do not resolve: a name that many notes share would be looked up in every batch,
// and a large run take the square of its time. The Store remembers which names wait, and meta that some do:
//
//	unresolved  the generation in which the names that one Store remembers began to wait; 0 where no Store knows all of them
//
// The last batch of a run resolves the names that wait in its Store, and so does one in between when they are many. Those of a run that was cut off, which no Store remembers, wait
// for the last batch of a run over the whole workspace, which then looks at every link.

// waiting are the names that wait in a Store.
type waiting struct {
	since int64 // what meta says while they are all that wait
	names map[string]bool
}

// maxWaiting bounds the names that wait, in number: about 5 MB, and what one batch more takes for them. 100,000 notes of four links
// each have 400,000 names; one batch alone would take 13 s to resolve them.
const maxWaiting = 40_000

// resolve looks the edges up again whose names changed hands in this batch, and in those before it.
func (w *writer) resolve(b store.Batch) error {
	if batch.OnlyVectors(b) {
		return nil
	}
	noted, err := column[int64](w.query("SELECT value FROM meta WHERE name = 'unresolved'"))
	if err != nil {
		return err
	}
	mine := len(noted) > 0 && noted[0] != 0 && noted[0] == w.waiting.since
	if b.More && len(w.waiting.names)+len(w.dirty) <= maxWaiting {
		return w.postpone(len(noted) > 0, mine)
	}
	w.resolvedWaiting = true
	if b.Whole && len(noted) > 0 && !mine {
		return cmp.Or(w.resolveAll(), w.noneWait())
	}
	maps.Copy(w.dirty, w.waiting.names)
	if err := w.resolveNames(slices.Sorted(maps.Keys(w.dirty))); err != nil || !mine {
		return err
	}
	return w.noneWait()
}

// noneWait says so in meta.
func (w *writer) noneWait() error { return w.exec("DELETE FROM meta WHERE name = 'unresolved'") }

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
		next, err := w.key("SELECT value + 1 FROM meta WHERE name = 'generation'")
		if err != nil {
			return err
		}
		w.waiting.since = next
	}
	return w.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('unresolved', ?)", w.waiting.since)
}

// namesAtOnce bounds the names whose edges are read at once.
const namesAtOnce = 500

// resolveAll looks every edge up again.
func (w *writer) resolveAll() error {
	for after := ""; ; {
		names, err := column[string](w.query("SELECT DISTINCT name FROM edges WHERE name > ? ORDER BY name LIMIT ?", after, namesAtOnce))
		if err != nil || len(names) == 0 {
			return err
		}
		if err := w.resolveSome(names); err != nil {
			return err
		}
		after = names[len(names)-1]
	}
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

const openEdgeColumns = "e.key, n.id, e.line, e.raw, e.rule, e.root, coalesce(e.target, 0), coalesce(e.file, '')"

func (e *openEdge) scan(rows *sql.Rows, before ...any) error {
	return rows.Scan(append(before, &e.key, &e.source, &e.line, &e.target.Name, &e.target.Rule, &e.target.Root, &e.note, &e.file)...)
}

// resolveSome points the edges of some names at the notes that answer to them, else at the files.
func (w *writer) resolveSome(names []string) error {
	list := jsonList(names)
	open := map[string][]openEdge{}
	err := w.rows(func(rows *sql.Rows) error {
		var e openEdge
		var name string
		err := e.scan(rows, &name)
		open[name] = append(open[name], e)
		return err
	}, "SELECT e.name, "+openEdgeColumns+` FROM json_each(?) j CROSS JOIN edges e ON e.name = j.value JOIN notes n ON n.key = e.source
		WHERE j.value <> ''`, list)
	if err != nil || len(open) == 0 {
		return err
	}
	filed, err := filedUnder(w.ctx, w, slices.Sorted(maps.Keys(open)))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(open)) {
		if err := w.point(open[name], filed[name]); err != nil {
			return err
		}
	}
	return nil
}

// point writes what edges that share a name lead to, where that is something else than before.
func (w *writer) point(open []openEdge, f filed) error {
	r := notes.NewResolver(f.notes, f.files)
	for _, e := range open {
		var note int64
		var file string
		if a := r.Linked(e.source, e.target); a.IsFile {
			file = a.ID
		} else {
			note = f.keys[a.ID]
		}
		if note == e.note && file == e.file {
			continue
		}
		if err := w.exec("UPDATE edges SET target = nullif(?2, 0), file = nullif(?3, '') WHERE key = ?1", e.key, note, file); err != nil {
			return err
		}
	}
	return nil
}

// filed is all that is filed under one name key.
type filed struct {
	notes []store.Note // only what they answer to
	keys  map[string]int64
	files []notes.File
}

// filedUnder reads what is filed under some names, by name.
func filedUnder(ctx context.Context, q querier, names []string) (map[string]filed, error) {
	found, list := make(map[string]filed, len(names)), jsonList(names)
	rows, err := q.QueryContext(ctx, `SELECT names.name, n.key, n.id, n.title,
		(SELECT json_group_array(alias) FROM (SELECT alias FROM aliases WHERE note = n.key ORDER BY alias))
		FROM json_each(?) j CROSS JOIN names ON names.name = j.value JOIN notes n ON n.key = names.note`, list)
	err = each(rows, err, func(rows *sql.Rows) error {
		var n store.Note
		var name, aliases string
		var key int64
		err := rows.Scan(&name, &key, &n.ID, &n.Title, &aliases)
		if err == nil {
			n.Aliases, err = stringList(aliases)
		}
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
	rows, err = q.QueryContext(ctx, `SELECT o.name, o.id, o.linked FROM json_each(?1) j CROSS JOIN others o ON o.name = j.value
		UNION ALL SELECT f.name, f.id, 0 FROM json_each(?1) j CROSS JOIN files f ON f.name = j.value`, list)
	err = each(rows, err, func(rows *sql.Rows) error {
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
func resolverOf(ctx context.Context, q querier, name string) (*notes.Resolver, error) {
	found, err := filedUnder(ctx, q, []string{name})
	return notes.NewResolver(found[name].notes, found[name].files), err
}
