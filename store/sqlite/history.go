package sqlite

import (
	"context"
	"database/sql"

	"amalfa/store"
	"amalfa/store/batch"
)

// Changes implements Store.
func (s *Store) Changes(ctx context.Context, since int64, limit int) (store.History, error) {
	h := store.History{Cursor: since}
	err := s.read(ctx, "read history of", func(tx *sql.Tx) error {
		var first, last int64
		err := tx.QueryRowContext(ctx, `SELECT coalesce(min(cursor), 0), coalesce(max(cursor), 0) FROM history`).Scan(&first, &last)
		if err != nil {
			return err
		}
		h.Pruned = since+1 < first
		h.Cursor = min(since, last)
		return readEvents(ctx, tx, func(e store.Event, _ uint32) error {
			h.Events, h.Cursor = append(h.Events, e), e.Cursor
			return nil
		}, "cursor > ? ORDER BY cursor LIMIT ?", since, limit)
	})
	return h, err
}

// ChangesOf implements Store.
func (s *Store) ChangesOf(ctx context.Context, path string, limit int) (events []store.Event, err error) {
	err = s.read(ctx, "read history of", func(tx *sql.Tx) error {
		return readEvents(ctx, tx, func(e store.Event, _ uint32) error {
			events = append(events, e)
			return nil
		}, "path = ? ORDER BY cursor DESC LIMIT ?", path, limit)
	})
	return events, err
}

// readEvents calls fn with events and their checksums.
func readEvents(ctx context.Context, q querier, fn func(store.Event, uint32) error, where string, args ...any) error {
	rows, err := q.QueryContext(ctx, "SELECT cursor, path, event, old_path, old_hash, new_hash, time, sum FROM history WHERE "+where, args...)
	return each(rows, err, func(rows *sql.Rows) error {
		var e store.Event
		var sum uint32
		if err := rows.Scan(&e.Cursor, &e.Path, &e.Event, &e.OldPath, &e.OldHash, &e.NewHash, &e.Time, &sum); err != nil {
			return err
		}
		return fn(e, sum)
	})
}

// happened notes an event of this batch.
func (w *writer) happened(e store.Event) { w.events = append(w.events, e) }

// hashOf is the content hash of a note, "" when there is none.
func (w *writer) hashOf(id string) (string, error) {
	return value[string](w.query("SELECT hash FROM notes WHERE id = ?", id))
}

// record writes the batch's events. A file that went and one of the same content that came, in this batch or shortly before,
// are one that was renamed.
func (w *writer) record() error {
	events, err := batch.PairRenames(w.events, w.foundAgain)
	if err != nil || len(events) == 0 {
		return err
	}
	cursor, err := w.key("SELECT seq FROM sqlite_sequence WHERE name = 'history'")
	if err != nil {
		return err
	}
	now, err := w.key("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)") // as the table's own default
	if err != nil {
		return err
	}
	rows := w.bulk("INSERT INTO history (cursor, path, event, old_path, old_hash, new_hash, time, sum)", "(?, ?, ?, ?, ?, ?, ?, ?)")
	for _, e := range events {
		cursor++
		e.Cursor, e.Time = cursor, now
		if err := rows.add(e.Cursor, e.Path, e.Event, e.OldPath, e.OldHash, e.NewHash, e.Time, sumOf(e)); err != nil {
			return err
		}
	}
	if err := rows.flush(); err != nil {
		return err
	}
	return w.exec("DELETE FROM history WHERE cursor <= ?", cursor-store.MaxHistory)
}

// foundAgain makes a removal a renaming when its content was added lately under a name that is still there.
func (w *writer) foundAgain(removed *store.Event) error {
	return w.rows(func(rows *sql.Rows) error {
		var path string
		err := rows.Scan(&path)
		removed.Event, removed.OldPath, removed.NewHash = store.Renamed, removed.Path, removed.OldHash
		removed.Path = path
		return err
	}, `SELECT h.path FROM history h JOIN notes n ON n.id = h.path AND n.hash = h.new_hash
		WHERE h.new_hash = ? AND h.event = 'added' AND h.cursor > (SELECT max(cursor) FROM history) - ?
			AND NOT EXISTS (SELECT 1 FROM history r WHERE r.event = 'renamed' AND r.path = h.path AND r.cursor > h.cursor)
		ORDER BY h.cursor DESC LIMIT 1`, removed.OldHash, batch.RenameReach)
}
