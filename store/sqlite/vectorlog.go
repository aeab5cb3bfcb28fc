package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"slices"
)

// maxVectorChanges is about how many changes are listed before a reader has to read all vectors again.
const maxVectorChanges = 20_000

// pruneEvery is the number of generations between two prunings of the list.
const pruneEvery = 16

// logVectors lists the chunks whose vectors this batch touched under its generation.
func (w *writer) logVectors() error {
	generation, err := w.key("SELECT value + 1 FROM meta WHERE name = 'generation'")
	if err != nil {
		return err
	}
	for _, chunk := range slices.Sorted(maps.Keys(w.revectored)) {
		if err := w.exec("INSERT INTO vector_changes (generation, chunk) VALUES (?, ?)", generation, chunk); err != nil {
			return err
		}
	}
	if generation%pruneEvery != 0 {
		return nil
	}
	old, err := w.key("SELECT generation FROM vector_changes ORDER BY generation DESC, chunk DESC LIMIT 1 OFFSET ?", maxVectorChanges)
	if err != nil || old == 0 {
		return err
	}
	if err := w.exec("DELETE FROM vector_changes WHERE generation <= ?", old); err != nil {
		return err
	}
	return w.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('complete_since', ?)", old)
}

// touchVectors lists the chunks of a passage.
func (w *writer) touchVectors(passage int64) error {
	return w.rows(func(rows *sql.Rows) error {
		var chunk int64
		err := rows.Scan(&chunk)
		w.revectored[chunk] = true
		return err
	}, "SELECT id FROM chunks WHERE passage = ?", passage)
}

// changedVectors returns the chunks that changed after a generation; ok is false when the list does not go back so far.
func changedVectors(ctx context.Context, tx *sql.Tx, after int64) (ids []int64, ok bool, err error) {
	err = tx.QueryRowContext(ctx, "SELECT value <= ? FROM meta WHERE name = 'complete_since'", after).Scan(&ok)
	if err != nil || !ok {
		return nil, false, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT chunk FROM vector_changes WHERE generation > ?", after)
	err = each(rows, err, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, true, err
}
