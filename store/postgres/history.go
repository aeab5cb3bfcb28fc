package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/batch"
)

// Changes implements store.Store.
func (s *Store) Changes(ctx context.Context, since int64, limit int) (store.History, error) {
	h := store.History{Cursor: since}
	err := s.read(ctx, "read history of", func(tx pgx.Tx) error {
		var first, last int64
		err := tx.QueryRow(ctx, "SELECT coalesce((SELECT min(cursor) FROM history WHERE workspace = $1), 0), cursor FROM workspaces WHERE key = $1", s.workspace).Scan(&first, &last)
		if err != nil {
			return err
		}
		h.Pruned = since+1 < first && since < last-store.MaxHistory // events of private notes are gone as well
		h.Cursor = min(since, last)
		h.Events, err = s.readEvents(ctx, tx, " AND cursor > $3 ORDER BY cursor LIMIT $4", since, limit)
		if len(h.Events) > 0 {
			h.Cursor = h.Events[len(h.Events)-1].Cursor
		}
		return err
	})
	return h, err
}

// ChangesOf implements store.Store.
func (s *Store) ChangesOf(ctx context.Context, path string, limit int) ([]store.Event, error) {
	events, err := s.readEvents(ctx, s.pool, " AND path = $3 ORDER BY cursor DESC LIMIT $4", path, limit)
	return events, s.wrap("read history of", err)
}

func (s *Store) readEvents(ctx context.Context, q querier, more string, args ...any) ([]store.Event, error) {
	rows, err := q.Query(ctx, "SELECT cursor, path, event, old_path, old_hash, new_hash, time, machine <> $2 FROM history WHERE workspace = $1"+more,
		append([]any{s.workspace, s.opts.Machine}, args...)...)
	return collect(rows, err, func(rows pgx.Rows, e *store.Event) error {
		return rows.Scan(&e.Cursor, &e.Path, &e.Event, &e.OldPath, &e.OldHash, &e.NewHash, &e.Time, &e.Elsewhere)
	})
}

// record writes the batch's events. A file that went and one of the same content that came, in this batch or shortly before,
// are one that was renamed.
func (w *writer) record() error {
	events, err := batch.PairRenames(w.events, w.foundAgain)
	if err != nil || len(events) == 0 {
		return err
	}
	cursor := w.cursor
	now, err := w.key("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
	if err != nil {
		return err
	}
	r := newRows(8)
	for _, e := range events {
		cursor++
		r.add(cursor, e.Path, e.Event, e.OldPath, e.OldHash, e.NewHash, now, w.machine)
	}
	err = w.insert(r, "history (workspace, cursor, path, event, old_path, old_hash, new_hash, time, machine)",
		"bigint text text text text text bigint text")
	if err != nil {
		return err
	}
	if err := w.exec("DELETE FROM history WHERE workspace = $1 AND cursor <= $2", w.workspace, cursor-store.MaxHistory); err != nil {
		return err
	}
	return w.exec("UPDATE workspaces SET cursor = $2 WHERE key = $1", w.workspace, cursor)
}

// foundAgain makes a removal a renaming when its content was added lately under a name that is still there.
func (w *writer) foundAgain(removed *store.Event) error {
	return w.rows(func(rows pgx.Rows) error {
		var path string
		err := rows.Scan(&path)
		removed.Event, removed.OldPath, removed.NewHash = store.Renamed, removed.Path, removed.OldHash
		removed.Path = path
		return err
	}, `SELECT h.path FROM history h JOIN notes n ON n.workspace = h.workspace AND n.id = h.path AND n.hash = h.new_hash
		WHERE h.workspace = $1 AND h.new_hash = $2 AND h.event = 'added' AND h.cursor > (SELECT cursor FROM workspaces WHERE key = $1) - $3
			AND NOT EXISTS (SELECT 1 FROM history r WHERE r.workspace = $1 AND r.event = 'renamed' AND r.path = h.path AND r.cursor > h.cursor)
		ORDER BY h.cursor DESC LIMIT 1`, w.workspace, removed.OldHash, batch.RenameReach)
}
