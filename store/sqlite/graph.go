package sqlite

import (
	"context"
	"database/sql"

	"amalfa/store"
	"amalfa/store/batch"
)

// Graph implements store.Store. Ends are read as keys and put in place here: joining two texts to each edge takes three times as long.
func (s *Store) Graph(ctx context.Context) (g store.Graph, err error) {
	err = s.read(ctx, "read the graph of", func(tx *sql.Tx) error {
		position, err := readGraphNotes(ctx, tx, &g)
		if err != nil {
			return err
		}
		return readGraphEdges(ctx, tx, &g, position)
	})
	return g, err
}

// readGraphNotes returns the position of each note by its key.
func readGraphNotes(ctx context.Context, tx *sql.Tx, g *store.Graph) (map[int64]int32, error) {
	position := map[int64]int32{}
	rows, err := tx.QueryContext(ctx, "SELECT key, id, title, date, date_from, mtime FROM notes ORDER BY id")
	err = each(rows, err, func(rows *sql.Rows) error {
		var key int64
		var n store.GraphNote
		if err := rows.Scan(&key, &n.ID, &n.Title, &n.Date, &n.DateFrom, &n.MTime); err != nil {
			return err
		}
		position[key] = int32(len(g.Notes))
		g.Notes = append(g.Notes, n)
		return nil
	})
	return position, err
}

// graphEdgeQuery leaves the name out where a note answers, which is mostly.
const graphEdgeQuery = `SELECT e.source, coalesce(e.target, 0), e.type, e.weight, e.line, e.rule,
	CASE WHEN e.target IS NULL THEN coalesce(e.file, e.raw) ELSE '' END, e.name = '', e.file IS NOT NULL FROM edges e WHERE ` + known

func readGraphEdges(ctx context.Context, tx *sql.Tx, g *store.Graph, position map[int64]int32) error {
	types := map[string]string{} // one string a type, not one an edge
	rows, err := tx.QueryContext(ctx, graphEdgeQuery)
	err = each(rows, err, func(rows *sql.Rows) error {
		var source, target int64
		var kind sql.RawBytes
		var row batch.GraphRow
		e := &row.Edge
		if err := rows.Scan(&source, &target, &kind, &e.Weight, &e.Line, &row.Rule, &e.Name, &row.IsTag, &row.IsFile); err != nil {
			return err
		}
		if _, ok := types[string(kind)]; !ok {
			types[string(kind)] = string(kind)
		}
		e.Type = types[string(kind)]
		e.Source, e.Target = position[source], -1
		if target != 0 {
			e.Target = position[target]
		}
		g.Edges = append(g.Edges, row.Done())
		return nil
	})
	batch.SortGraph(g)
	return err
}
