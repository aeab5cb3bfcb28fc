package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
)

// Stats implements store.Store. Bytes are those of the workspace's share of all rows, since the server keeps the rows of all in the same
// files.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	var st store.Stats
	err := s.read(ctx, "count", func(tx pgx.Tx) error {
		var unknown int // edges that wait
		err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM notes WHERE workspace = $1), (SELECT count(*) FROM chunks WHERE workspace = $1),
			(SELECT count(*) FROM edges WHERE workspace = $1), (SELECT count(DISTINCT t) FROM notes, unnest(tags) t WHERE workspace = $1),
			(SELECT count(*) FROM notes n WHERE workspace = $1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE note = n.key)),
			(SELECT count(*) FROM edges WHERE workspace = $1 AND name <> ''), (SELECT count(*) FROM edges e WHERE workspace = $1 AND `+broken+`),
			(SELECT count(*) FROM edges e WHERE workspace = $1 AND `+unanswered+" AND "+pending+")", s.workspace).
			Scan(&st.Notes, &st.Chunks, &st.Edges, &st.Tags, &st.Empty, &st.Links, &st.Broken, &unknown)
		if err != nil {
			return err
		}
		st.Edges, st.Links = st.Edges-unknown, st.Links-unknown
		// the size of the tables, shared by passages: exact for a database of one workspace, and cheap
		return tx.QueryRow(ctx, `SELECT coalesce((sum(pg_total_relation_size(c.oid)) * (SELECT count(*) FROM passages WHERE workspace = $1)
			/ greatest(1, (SELECT reltuples FROM pg_class WHERE oid = 'passages'::regclass)::bigint, (SELECT count(*) FROM passages WHERE workspace = $1)))::bigint, 0)
			FROM pg_class c WHERE c.relnamespace = 'amalfa'::regnamespace AND c.relkind = 'r'`, s.workspace).Scan(&st.Bytes)
	})
	if err != nil {
		return store.Stats{}, err
	}
	st.Model, err = s.ActiveModel(ctx)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return st, err
}

// DataVersion implements store.Store.
func (s *Store) DataVersion(ctx context.Context) (int64, error) {
	var v, schema int64
	err := s.pool.QueryRow(ctx, "SELECT generation, (SELECT coalesce(max(version_id), 0) FROM "+versions+" WHERE is_applied) FROM workspaces WHERE key = $1", s.workspace).
		Scan(&v, &schema)
	switch {
	case s.isGone(err):
		return 0, fmt.Errorf("read version of %s: %w", s.Where(), store.ErrReplaced)
	case err == nil && schema > SchemaVersion:
		err = newer(schema)
	}
	return v, s.wrap("read version of", err)
}

// Check implements store.Store: what this package promises about rows, and every checksum of words. The server looks after its own pages.
func (s *Store) Check(ctx context.Context) error {
	return s.read(ctx, "check", func(tx pgx.Tx) error {
		for _, c := range []struct{ what, query string }{
			{"note without a file", "SELECT id FROM notes n WHERE workspace = $1 AND NOT EXISTS (SELECT 1 FROM files f WHERE f.workspace = $1 AND f.id = n.id AND state <> 'skipped')"},
			{"file without its note", `SELECT id FROM files f WHERE workspace = $1 AND (state IN ('indexed', 'partial') OR state = 'failed' AND chunks > 0)
				AND NOT EXISTS (SELECT 1 FROM notes n WHERE n.workspace = $1 AND n.id = f.id AND n.hash = f.hash AND n.size = f.size AND n.mtime = f.mtime)`},
			{"unused passage", `SELECT hash FROM passages p WHERE workspace = $1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE passage = p.key)
				AND NOT EXISTS (SELECT 1 FROM orphans WHERE passage = p.key)`},
			{"number of chunks of file", `SELECT f.id FROM files f JOIN notes n ON n.workspace = f.workspace AND n.id = f.id WHERE f.workspace = $1
				AND f.chunks <> (SELECT count(*) FROM chunks WHERE note = n.key)`},
			{"chunk of another workspace", `SELECT c.id::text FROM chunks c JOIN notes n ON n.key = c.note JOIN passages p ON p.key = c.passage
				WHERE c.workspace = $1 AND (n.workspace <> $1 OR p.workspace <> $1)`},
			{"edge of another workspace", `SELECT e.key::text FROM edges e JOIN notes n ON n.key = e.source LEFT JOIN notes t ON t.key = e.target
				WHERE e.workspace = $1 AND (n.workspace <> $1 OR t.workspace <> $1)`},
		} {
			found, err := column[string](tx.Query(ctx, c.query+" LIMIT 1", s.workspace))
			if err != nil {
				return err
			}
			if len(found) > 0 {
				return fmt.Errorf("%w: %s: %s", store.ErrCorrupt, c.what, found[0])
			}
		}
		return s.checkWords(ctx, tx)
	})
}

// checkWords reads every segment and page, and holds their chunks against those of the index.
func (s *Store) checkWords(ctx context.Context, tx pgx.Tx) error {
	x, err := s.loadWords(ctx, tx, nil)
	if err != nil {
		return err
	}
	named, err := x.Check(ctx, wordSource{from: tx, workspace: s.workspace})
	if err != nil {
		return err
	}
	pages, err := value[int](tx.Query(ctx, "SELECT count(*) FROM pages WHERE workspace = $1", s.workspace))
	if err == nil && pages != named {
		err = fmt.Errorf("%w: %d pages of words, and segments name %d", store.ErrCorrupt, pages, named)
	}
	if err != nil {
		return err
	}
	live := x.Live()
	chunks := 0
	rows, err := tx.Query(ctx, "SELECT id FROM chunks WHERE workspace = $1", s.workspace)
	err = each(rows, err, func(rows pgx.Rows) error {
		var id int64
		chunks++
		if err := rows.Scan(&id); err != nil || live[id] {
			return err
		}
		return fmt.Errorf("%w: chunk %d has no words", store.ErrCorrupt, id)
	})
	if err == nil && chunks != len(live) {
		err = fmt.Errorf("%w: words of %d chunks, and there are %d", store.ErrCorrupt, len(live), chunks)
	}
	return err
}
