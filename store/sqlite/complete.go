package sqlite

import (
	"context"
	"database/sql"

	"amalfa/store"
)

// lacking is the condition that some passage of a row of files has no vector of a model, given as SQL.
func lacking(model string) string {
	return `EXISTS (SELECT 1 FROM notes n JOIN chunks c ON c.note = n.key WHERE n.id = files.id
		AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage = c.passage AND v.model = ` + model + "))"
}

// complete sets files.vectors to model ?1 where a file has all its vectors.
var complete = `UPDATE files SET vectors = ?1 WHERE chunks > 0 AND vectors IS NOT ?1 AND NOT ` + lacking("?1")

// completeBatch tells of each file of a batch whether all its passages have vectors, be it of the batch's model or else of the
// active one. It runs when all vectors are in.
func (w *writer) completeBatch(b store.Batch) error {
	of, err := w.key("SELECT key FROM models WHERE digest = ?", b.Model.Digest)
	if err != nil {
		return err
	}
	active, err := w.activeKey()
	if err != nil {
		return err
	}
	for _, p := range b.Puts {
		if err := w.completeFile(p.Note.ID, active, of); err != nil {
			return err
		}
	}
	for _, f := range b.Files {
		if err := w.completeFile(f.ID, active, of); err != nil {
			return err
		}
	}
	return nil
}

// completeFile tries models, the one that matters most last.
func (w *writer) completeFile(id string, models ...int64) error {
	for _, model := range models {
		if model == 0 {
			continue
		}
		if err := w.exec(complete+" AND id = ?2", model, id); err != nil {
			return err
		}
	}
	return nil
}

// completeAll looks at every file for all vectors of the active model.
func (w *writer) completeAll() error {
	active, err := w.activeKey()
	if err != nil || active == 0 {
		return err
	}
	return w.exec(complete, active)
}

// activeKey is the key of the active model, or 0.
func (w *writer) activeKey() (int64, error) {
	return w.key("SELECT key FROM models JOIN meta ON meta.name = 'model' AND value = digest")
}

// WithoutVectors implements Store.
func (s *Store) WithoutVectors(ctx context.Context, digest string) ([]string, error) {
	var ids []string
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM files WHERE chunks > 0
		AND coalesce(vectors, 0) <> coalesce((SELECT key FROM models WHERE digest = ?), -1) ORDER BY id`, digest)
	err = each(rows, err, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, s.wrap("read files of", err)
}
