package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"amalfa/store"
)

// SQLite has no checksums, so we have: vectors and pages of words are sealed; notes.sum is that of a note with all that was put with
// it, files.sum and history.sum are those of a row; the row "sum" of meta is that of its other rows. Keys and what edges resolve to stand twice, in a table and in its
// index, which SQLite's own check compares.

// checkedNote is what notes.sum covers, in the form of its JSON. A field that is added to a note must be left out of that when it is
// empty, or all sums change.
type checkedNote struct {
	Note       *store.Note   `json:"note,omitempty"`
	Chunks     []store.Chunk `json:"chunks,omitempty"` // without ids, which are an index's own
	Edges      []store.Edge  `json:"edges,omitempty"`  // as they were put
	Names      []string
	TitleTerms string
}

// noteSum reads a note back and returns its checksum. Size and time stand in its file's record too, and change without it.
func noteSum(ctx context.Context, q querier, id string) (uint32, error) {
	var c checkedNote
	p, err := asPut(ctx, q, id)
	if err != nil {
		return 0, err
	}
	c.Note, c.Chunks, c.Edges = &p.Note, p.Chunks, p.Edges
	c.Note.Size, c.Note.MTime = 0, 0
	rows, err := q.QueryContext(ctx, `SELECT title_terms, coalesce(name, '') FROM notes LEFT JOIN names ON note = key
		WHERE id = ? ORDER BY name`, id)
	err = each(rows, err, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&c.TitleTerms, &name)
		c.Names = append(c.Names, name)
		return err
	})
	if err != nil {
		return 0, err
	}
	return sumOf(c), nil
}

// sumOf is the checksum of the JSON of a value.
func sumOf(v any) uint32 {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // what the index holds always encodes
	}
	return store.Checksum(data)
}

// sumNote records the checksum of a note that was just written.
func (w *writer) sumNote(id string) error {
	sum, err := noteSum(w.ctx, w, id)
	if err != nil {
		return err
	}
	return w.exec("UPDATE notes SET sum = ? WHERE id = ?", sum, id)
}

// metaSum is the checksum of the rows of meta.
func metaSum(ctx context.Context, q querier) (uint32, error) {
	var list []byte
	rows, err := q.QueryContext(ctx, "SELECT name, CAST(value AS TEXT) FROM meta WHERE name <> 'sum' ORDER BY name")
	err = each(rows, err, func(rows *sql.Rows) error {
		var name, value string
		err := rows.Scan(&name, &value)
		list = fmt.Appendf(list, "%q %q\n", name, value)
		return err
	})
	return store.Checksum(list), err
}

// sumMeta records that checksum.
func sumMeta(ctx context.Context, tx *sql.Tx) error {
	sum, err := metaSum(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO meta (name, value) VALUES ('sum', ?)", sum)
	return err
}

// sumAll gives an index of an older layout its checksums, but for those of vectors.
func (w *writer) sumAll() error {
	ids, err := column[string](w.query("SELECT id FROM notes"))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.sumNote(id); err != nil {
			return err
		}
	}
	files, err := readFiles(w.ctx, w.tx)
	if err != nil {
		return err
	}
	for id, f := range files {
		if err := w.exec("UPDATE files SET sum = ? WHERE id = ?", sumOf(f), id); err != nil {
			return err
		}
	}
	return w.sumEvents("1")
}

// sumEvents records the checksums of events.
func (w *writer) sumEvents(where string, args ...any) error {
	var events []store.Event
	err := readEvents(w.ctx, w.tx, func(e store.Event, _ uint32) error {
		events = append(events, e)
		return nil
	}, where, args...)
	for _, e := range events {
		if err == nil {
			err = w.exec("UPDATE history SET sum = ? WHERE cursor = ?", sumOf(e), e.Cursor)
		}
	}
	return err
}

// sealVectors gives the vectors of layout 2 their checksums.
func (w *writer) sealVectors() error {
	keys, err := column[int64](w.query("SELECT key FROM vectors"))
	for _, key := range keys {
		var data []byte
		if err == nil {
			data, err = value[[]byte](w.query("SELECT data FROM vectors WHERE key = ?", key))
		}
		if err == nil {
			err = w.exec("UPDATE vectors SET data = ? WHERE key = ?", store.Seal(data), key)
		}
	}
	return err
}
