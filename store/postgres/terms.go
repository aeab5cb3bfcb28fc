package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// SetTerms implements store.Store.
func (s *Store) SetTerms(ctx context.Context, all []store.Term) error {
	return s.write(ctx, "write terms of", func(w *writer) error {
		if err := w.exec("DELETE FROM terms WHERE workspace = $1", w.workspace); err != nil {
			return err
		}
		keys, err := w.addTerms(all)
		if err != nil {
			return err
		}
		if err := w.addTermEdges(all, keys); err != nil {
			return err
		}
		if err := w.dropBareTerms(); err != nil {
			return err
		}
		return w.nextGeneration()
	})
}

// addTerms returns the key of each term by its id.
func (w *writer) addTerms(all []store.Term) (map[string]int64, error) {
	r, keys := newRows(5), map[string]int64{}
	for _, t := range all {
		if _, ok := keys[t.ID]; !ok {
			keys[t.ID] = 0
			r.add(t.ID, t.Stem, t.Name, t.Kind, t.State)
		}
	}
	if err := w.insert(r, "terms (workspace, id, stem, name, kind, state)", "text text text text text"); err != nil {
		return nil, err
	}
	return w.keysOf("terms", keys)
}

// dropBareTerms removes the terms that nothing names.
func (w *writer) dropBareTerms() error {
	return w.exec("DELETE FROM terms t WHERE workspace = $1 AND NOT "+hasEdges, w.workspace)
}

// keysOf reads the keys of all rows of a table by their ids.
func (w *writer) keysOf(table string, into map[string]int64) (map[string]int64, error) {
	return into, w.rows(func(rows pgx.Rows) error {
		var key int64
		var id string
		err := rows.Scan(&key, &id)
		into[id] = key
		return err
	}, "SELECT key, id FROM "+table+" WHERE workspace = $1", w.workspace)
}

func (w *writer) addTermEdges(all []store.Term, keys map[string]int64) error {
	noteKeys, err := w.keysOf("notes", map[string]int64{})
	if err != nil {
		return err
	}
	r := newRows(7)
	for _, t := range all {
		for _, e := range t.Edges {
			var other int64
			between := notes.IsTerm(e.Source) && notes.IsTerm(e.Target)
			if between {
				other = keys[e.Target]
			}
			note := noteKeys[e.Evidence]
			if note == 0 || between && other == 0 {
				continue
			}
			r.add(keys[t.ID], note, other, e.Type, e.Weight, int64(e.Line), e.Sentence)
		}
	}
	if r.n == 0 {
		return nil
	}
	return w.exec(`INSERT INTO term_edges (workspace, term, note, other, type, weight, line, sentence)
		SELECT $1, c0, c1, nullif(c2, 0), c3, c4, c5, c6 FROM `+r.from(2, "bigint bigint bigint text float8 bigint text"), r.args(w.workspace)...)
}

// hasEdges is the condition that a row t of terms is still spoken of.
const hasEdges = "(EXISTS (SELECT 1 FROM term_edges WHERE term = t.key) OR EXISTS (SELECT 1 FROM term_edges WHERE other = t.key))"

func (s *Store) readTerms(ctx context.Context, q querier, more string, args ...any) ([]store.Term, error) {
	rows, err := q.Query(ctx, "SELECT t.id, t.stem, t.name, t.kind, t.state FROM terms t WHERE t.workspace = $1 AND "+hasEdges+more,
		append([]any{s.workspace}, args...)...)
	return collect(rows, err, func(rows pgx.Rows, t *store.Term) error {
		return rows.Scan(&t.ID, &t.Stem, &t.Name, &t.Kind, &t.State)
	})
}

// FindTerm implements store.Store.
func (s *Store) FindTerm(ctx context.Context, name string) (store.Term, error) {
	id, stem := batch.TermKeys(name)
	found, err := s.readTerms(ctx, s.pool, " AND (t.id = $2 OR t.stem = $3) ORDER BY t.id = $2 DESC, t.id LIMIT 1", id, stem)
	switch {
	case err != nil:
		return store.Term{}, s.wrap("read terms of", err)
	case len(found) == 0:
		return store.Term{}, fmt.Errorf("term %q: %w", name, store.ErrNotFound)
	}
	return found[0], nil
}

// readTermEdges reads edges as they lead: a definition from its note, any other from its term.
func (s *Store) readTermEdges(ctx context.Context, q querier, where string, args ...any) ([]batch.TermRow, error) {
	const defines = "e.type = '" + notes.Defines + "'"
	rows, err := q.Query(ctx, `SELECT CASE WHEN `+defines+` THEN n.id ELSE t.id END, coalesce(o.id, CASE WHEN `+defines+` THEN t.id ELSE n.id END),
		e.type, e.weight, e.line, e.sentence, n.id, t.id FROM term_edges e JOIN terms t ON t.key = e.term JOIN notes n ON n.key = e.note
		LEFT JOIN terms o ON o.key = e.other WHERE e.workspace = $1 AND `+where+" ORDER BY 1, e.line, 2, e.type", append([]any{s.workspace}, args...)...)
	return collect(rows, err, func(rows pgx.Rows, e *batch.TermRow) error { return e.Read(rows) })
}

// TermEdges implements store.Store.
func (s *Store) TermEdges(ctx context.Context, id string, dir store.Direction) ([]store.TermEdge, error) {
	where := "n.id = $2 AND e.other IS NULL"
	if notes.IsTerm(id) {
		where = "(t.id = $2 OR o.id = $2)"
	}
	found, err := s.readTermEdges(ctx, s.pool, where, id)
	return batch.TermEdges(found, id, dir), s.wrap("read terms of", err)
}

// Terms implements store.Store.
func (s *Store) Terms(ctx context.Context) (all []store.Term, err error) {
	err = s.read(ctx, "read terms of", func(tx pgx.Tx) error {
		all, err = s.allTerms(ctx, tx)
		return err
	})
	return all, err
}

func (s *Store) allTerms(ctx context.Context, q querier) ([]store.Term, error) {
	all, err := s.readTerms(ctx, q, " ORDER BY t.id")
	if err != nil {
		return nil, err
	}
	edges, err := s.readTermEdges(ctx, q, "true")
	batch.AddEdges(all, edges)
	return all, err
}
