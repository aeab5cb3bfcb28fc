package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// SetTerms implements store.Store.
func (s *Store) SetTerms(ctx context.Context, all []store.Term) error {
	return s.write(ctx, "write terms of", func(tx *sql.Tx) error {
		w := newWriter(ctx, tx)
		defer w.close()
		if err := w.exec("DELETE FROM terms"); err != nil {
			return err
		}
		keys, err := w.addTerms(all)
		if err != nil {
			return err
		}
		if err := w.addTermEdges(all, keys); err != nil {
			return err
		}
		if err := w.exec("DELETE FROM terms WHERE key NOT IN (SELECT term FROM term_edges UNION SELECT other FROM term_edges WHERE other IS NOT NULL)"); err != nil {
			return err
		}
		return w.nextGeneration()
	})
}

// addTerms returns the key of each term by its id.
func (w *writer) addTerms(all []store.Term) (map[string]int64, error) {
	keys := make(map[string]int64, len(all))
	for _, t := range all {
		if keys[t.ID] != 0 {
			continue
		}
		key, err := w.insert("INSERT INTO terms (id, stem, name, kind, state) VALUES (?, ?, ?, ?, ?)", t.ID, t.Stem, t.Name, t.Kind, t.State)
		if err != nil {
			return nil, err
		}
		keys[t.ID] = key
	}
	return keys, nil
}

func (w *writer) addTermEdges(all []store.Term, keys map[string]int64) error {
	noteKeys := map[string]int64{}
	rows, err := w.query("SELECT key, id FROM notes")
	err = each(rows, err, func(rows *sql.Rows) error {
		var key int64
		var id string
		err := rows.Scan(&key, &id)
		noteKeys[id] = key
		return err
	})
	if err != nil {
		return err
	}
	out := w.bulk("INSERT INTO term_edges (term, note, other, type, weight, line, sentence)", "(?, ?, ?, ?, ?, ?, ?)")
	for _, t := range all {
		for _, e := range t.Edges {
			other := sql.NullInt64{Int64: keys[e.Target], Valid: notes.IsTerm(e.Source) && notes.IsTerm(e.Target)}
			note := noteKeys[e.Evidence]
			if note == 0 || other.Valid && other.Int64 == 0 {
				continue
			}
			if err := out.add(keys[t.ID], note, other, e.Type, e.Weight, e.Line, e.Sentence); err != nil {
				return err
			}
		}
	}
	return out.flush()
}

// hasEdges is the condition that a row t of terms is still spoken of.
const hasEdges = "(EXISTS (SELECT 1 FROM term_edges WHERE term = t.key) OR EXISTS (SELECT 1 FROM term_edges WHERE other = t.key))"

const termQuery = "SELECT t.id, t.stem, t.name, t.kind, t.state FROM terms t WHERE " + hasEdges

func readTerms(ctx context.Context, q querier, query string, args ...any) ([]store.Term, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	return collect(rows, err, func(rows *sql.Rows, t *store.Term) error {
		return rows.Scan(&t.ID, &t.Stem, &t.Name, &t.Kind, &t.State)
	})
}

// FindTerm implements store.Store.
func (s *Store) FindTerm(ctx context.Context, name string) (store.Term, error) {
	id, stem := batch.TermKeys(name)
	found, err := readTerms(ctx, s.db, termQuery+" AND (t.id = ?1 OR t.stem = ?2) ORDER BY t.id = ?1 DESC, t.id LIMIT 1", id, stem)
	switch {
	case err != nil:
		return store.Term{}, s.wrap("read terms of", err)
	case len(found) == 0:
		return store.Term{}, fmt.Errorf("term %q: %w", name, store.ErrNotFound)
	}
	return found[0], nil
}

// termEdgeQuery reads edges as they lead: a definition from its note, any other from its term.
const termEdgeQuery = `SELECT iif(e.type = '` + notes.Defines + `', n.id, t.id), coalesce(o.id, iif(e.type = '` + notes.Defines + `', t.id, n.id)),
	e.type, e.weight, e.line, e.sentence, n.id, t.id FROM term_edges e JOIN terms t ON t.key = e.term JOIN notes n ON n.key = e.note
	LEFT JOIN terms o ON o.key = e.other WHERE `

func readTermEdges(ctx context.Context, q querier, where string, args ...any) ([]batch.TermRow, error) {
	rows, err := q.QueryContext(ctx, termEdgeQuery+where+" ORDER BY 1, e.line, 2, e.type", args...)
	return collect(rows, err, func(rows *sql.Rows, e *batch.TermRow) error { return e.Read(rows) })
}

// TermEdges implements store.Store.
func (s *Store) TermEdges(ctx context.Context, id string, dir store.Direction) ([]store.TermEdge, error) {
	where := "n.id = ?1 AND e.other IS NULL"
	if notes.IsTerm(id) {
		where = "(t.id = ?1 OR o.id = ?1)"
	}
	found, err := readTermEdges(ctx, s.db, where, id)
	return batch.TermEdges(found, id, dir), s.wrap("read terms of", err)
}

// Terms implements store.Store.
func (s *Store) Terms(ctx context.Context) (all []store.Term, err error) {
	err = s.read(ctx, "read terms of", func(tx *sql.Tx) error {
		all, err = allTerms(ctx, tx)
		return err
	})
	return all, err
}

// allTerms are the terms with their edges, by id.
func allTerms(ctx context.Context, q querier) ([]store.Term, error) {
	all, err := readTerms(ctx, q, termQuery+" ORDER BY t.id")
	if err != nil {
		return nil, err
	}
	edges, err := readTermEdges(ctx, q, "1")
	batch.AddEdges(all, edges)
	return all, err
}
