package postgres

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// Conditions on an edge e.
const (
	// unanswered: nothing answers.
	unanswered = "e.name <> '' AND e.target IS NULL AND e.file IS NULL"
	// toSymbol: to what a program documents.
	toSymbol = "starts_with(e.name, '" + notes.SymbolPrefix + "')"
	// optional: by notes.Optional, what may as well be no link.
	optional = "e.rule & 256 <> 0"
	// pending: to a symbol that no file documents, that of another program, mostly; or optional. Such edges wait for a note to answer and are
	// shown to nobody.
	pending = "(" + toSymbol + " OR " + optional + ")"
	shown   = "NOT (e.target IS NULL AND " + pending + ")"
	broken  = unanswered + " AND NOT " + pending
	// unnamed: front matter names a note in a bare word that nothing answers.
	unnamed = unanswered + " AND " + optional + " AND e.rule & 512 = 0" // notes.Remark
)

// Edges implements store.Store.
func (s *Store) Edges(ctx context.Context, id string, dir store.Direction) ([]store.Edge, error) {
	const note = "(SELECT key FROM notes WHERE workspace = $1 AND id = $2)"
	const out = "e.source = " + note
	const in = "(e.target = " + note + " OR e.name = '' AND e.raw = $2 OR e.target IS NULL AND e.file = $2)"
	where := map[store.Direction]string{store.Out: out, store.In: in, store.Both: "(" + out + " OR " + in + ")"}[dir]
	return s.edgesWhere(ctx, shown+" AND "+where, id)
}

func (s *Store) edgesWhere(ctx context.Context, where string, args ...any) ([]store.Edge, error) {
	rows, err := s.pool.Query(ctx, `SELECT a.id, coalesce(b.id, e.file, e.raw), e.type, e.weight, e.line, e.sentence, e.rule, e.root,
		b.id IS NOT NULL OR e.file IS NOT NULL OR e.name = '', b.id IS NULL AND e.file IS NOT NULL
		FROM edges e JOIN notes a ON a.key = e.source LEFT JOIN notes b ON b.key = e.target WHERE e.workspace = $1 AND `+where+
		" ORDER BY 1, e.line, 2, e.key", append([]any{s.workspace}, args...)...)
	edges, err := collect(rows, err, func(rows pgx.Rows, e *store.Edge) error {
		return rows.Scan(&e.Source, &e.Target, &e.Type, &e.Weight, &e.Line, &e.Sentence, &e.Rule, &e.Root, &e.Resolved, &e.File)
	})
	return edges, s.wrap("read links of", err)
}

// Broken implements store.Store.
func (s *Store) Broken(ctx context.Context) ([]store.Edge, error) { return s.edgesWhere(ctx, broken) }

// Unnamed implements store.Store.
func (s *Store) Unnamed(ctx context.Context) ([]store.Edge, error) { return s.edgesWhere(ctx, unnamed) }

// BrokenPaths implements store.Store.
func (s *Store) BrokenPaths(ctx context.Context, sources []string, limit int) ([]notes.Target, error) {
	query := "SELECT DISTINCT e.raw, e.rule, e.root FROM edges e WHERE e.workspace = $1 AND " + broken +
		" AND (e.rule = ANY($3) OR strpos(e.raw, '/') > 0)"
	args := []any{s.workspace, limit, []int32{int32(notes.ByPath), int32(notes.ByPathThenName), int32(notes.ByAddress)}}
	if sources != nil {
		query += " AND e.source IN (SELECT key FROM notes WHERE workspace = $1 AND id = ANY($4))"
		args = append(args, sources)
	}
	rows, err := s.pool.Query(ctx, query+" LIMIT $2", args...)
	targets, err := collect(rows, err, func(rows pgx.Rows, t *notes.Target) error { return rows.Scan(&t.Name, &t.Rule, &t.Root) })
	return targets, s.wrap("read links of", err)
}

// Linkers implements store.Store.
func (s *Store) Linkers(ctx context.Context, keys []string) ([]string, error) {
	ids, err := column[string](s.pool.Query(ctx, `SELECT DISTINCT n.id FROM edges e JOIN notes n ON n.key = e.source
		WHERE e.workspace = $1 AND e.name = ANY($2) AND e.name <> '' ORDER BY n.id`, s.workspace, keys))
	return ids, s.wrap("read links of", err)
}

// Ambiguous implements store.Store.
func (s *Store) Ambiguous(ctx context.Context) (links []store.AmbiguousLink, err error) {
	err = s.read(ctx, "read links of", func(tx pgx.Tx) error {
		names, err := column[string](tx.Query(ctx, `SELECT name FROM names WHERE workspace = $1
			AND name IN (SELECT name FROM edges WHERE workspace = $1 AND rule <> $2) GROUP BY name HAVING count(*) > 1 ORDER BY name`,
			s.workspace, int32(notes.ByPath)))
		for some := range slices.Chunk(names, batch.NamesAtOnce) {
			if err == nil {
				links, err = s.appendAmbiguous(ctx, tx, links, some)
			}
		}
		return err
	})
	slices.SortStableFunc(links, func(a, b store.AmbiguousLink) int { return cmp.Or(strings.Compare(a.Source, b.Source), a.Line-b.Line) })
	return links, err
}

// appendAmbiguous adds the links that are filed under some name keys.
func (s *Store) appendAmbiguous(ctx context.Context, tx pgx.Tx, links []store.AmbiguousLink, names []string) ([]store.AmbiguousLink, error) {
	filed, err := filedUnder(ctx, tx, s.workspace, names)
	if err != nil {
		return nil, err
	}
	open, err := openLinks(ctx, tx, s.workspace, names)
	for _, name := range names {
		links = filed[name].Ambiguous(links, open[name])
	}
	return links, err
}

// Graph implements store.Store. Ends are read as keys and put in place here.
func (s *Store) Graph(ctx context.Context) (g store.Graph, err error) {
	err = s.read(ctx, "read the graph of", func(tx pgx.Tx) error {
		position, err := s.readGraphNotes(ctx, tx, &g)
		if err != nil {
			return err
		}
		return s.readGraphEdges(ctx, tx, &g, position)
	})
	return g, err
}

// readGraphNotes returns the position of each note by its key.
func (s *Store) readGraphNotes(ctx context.Context, tx pgx.Tx, g *store.Graph) (map[int64]int32, error) {
	position := map[int64]int32{}
	rows, err := tx.Query(ctx, "SELECT key, id, title, date, date_from, mtime FROM notes WHERE workspace = $1 ORDER BY id", s.workspace)
	err = each(rows, err, func(rows pgx.Rows) error {
		var key int64
		var n store.GraphNote
		err := rows.Scan(&key, &n.ID, &n.Title, &n.Date, &n.DateFrom, &n.MTime)
		position[key] = int32(len(g.Notes))
		g.Notes = append(g.Notes, n)
		return err
	})
	return position, err
}

func (s *Store) readGraphEdges(ctx context.Context, tx pgx.Tx, g *store.Graph, position map[int64]int32) error {
	types := map[string]string{} // one string a type, not one an edge
	rows, err := tx.Query(ctx, `SELECT e.source, coalesce(e.target, 0), e.type, e.weight, e.line, e.rule,
		CASE WHEN e.target IS NULL THEN coalesce(e.file, e.raw) ELSE '' END, e.name = '', e.file IS NOT NULL
		FROM edges e WHERE e.workspace = $1 AND `+shown, s.workspace)
	err = each(rows, err, func(rows pgx.Rows) error {
		var source, target int64
		var row batch.GraphRow
		if err := rows.Scan(&source, &target, &row.Edge.Type, &row.Edge.Weight, &row.Edge.Line, &row.Rule, &row.Edge.Name, &row.IsTag, &row.IsFile); err != nil {
			return err
		}
		if _, ok := types[row.Edge.Type]; !ok {
			types[row.Edge.Type] = row.Edge.Type
		}
		row.Edge.Type = types[row.Edge.Type]
		row.Edge.Source, row.Edge.Target = position[source], -1
		if target != 0 {
			row.Edge.Target = position[target]
		}
		g.Edges = append(g.Edges, row.Done())
		return nil
	})
	batch.SortGraph(g)
	return err
}
