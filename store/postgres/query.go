package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
)

// A querier is the database, each question of its own, or one transaction, or a writer.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// read runs fn in one snapshot of the database. It never waits for a writer.
func (s *Store) read(ctx context.Context, op string, fn func(pgx.Tx) error) error {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return s.wrap(op, err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	return s.wrap(op, fn(textTx{tx}))
}

// write runs fn in one transaction that holds the workspace from its start: writers of one workspace take turns. It is ErrNewer where a
// later version of the program has changed the schema since. Who listens hears of it when it is committed. fn may run several times.
func (s *Store) write(ctx context.Context, op string, fn func(*writer) error) error {
	if s.readOnly {
		return fmt.Errorf("%s %s: %w", op, s.Where(), store.ErrReadOnly)
	}
	for try := 1; ; try++ {
		err := s.writeOnce(ctx, fn)
		if code := codeOf(err); try == mostTries || code != serialization && code != deadlock {
			return s.wrap(op, err)
		}
	}
}

// mostTries is how often a write is tried that the server gives up for another transaction's sake, as one of two that wait for each other.
const mostTries = 5

// writeOnce is one transaction, at the level that taking turns is for, whatever the default of the role is: at a stricter one the server gives up
// whoever has waited.
func (s *Store) writeOnce(ctx context.Context, fn func(*writer) error) error {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return err
	}
	w := newWriter(ctx, s, textTx{tx})
	if err = w.begin(); s.isGone(err) {
		err = fmt.Errorf("%w: the workspace was removed, or this role may not see it any more", store.ErrReplaced)
	}
	if err == nil {
		err = fn(w)
	}
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx)) // its error says only that the connection has already ended
		return err
	}
	return tx.Commit(ctx)
}

// begin takes the workspace, and learns its generation.
func (w *writer) begin() error {
	err := w.tx.QueryRow(w.ctx, `SELECT generation, cursor, chunk, unresolved, (SELECT coalesce(max(version_id), 0) FROM `+versions+` WHERE is_applied)
		FROM workspaces WHERE key = $1 FOR UPDATE`, w.workspace).Scan(&w.generation, &w.cursor, &w.chunk, &w.unresolved, &w.schema)
	switch {
	case errors.Is(err, pgx.ErrNoRows) && w.visible():
		return fmt.Errorf("%w: this role may not write the workspace", store.ErrReadOnly)
	case err == nil && w.schema > SchemaVersion:
		return newer(w.schema)
	}
	return err
}

// visible reports that this role sees the workspace.
func (w *writer) visible() (yes bool) {
	err := w.tx.QueryRow(w.ctx, "SELECT true FROM workspaces WHERE key = $1", w.workspace).Scan(&yes)
	return yes && err == nil
}

// channel is where a change of a workspace is told; the payload is its key.
const channel = "amalfa_changes"

// nextGeneration moves DataVersion on and tells who listens.
func (w *writer) nextGeneration() error {
	return w.exec("WITH told AS (SELECT pg_notify('"+channel+"', $1::bigint::text)) UPDATE workspaces SET generation = generation + 1 FROM told WHERE key = $1", w.workspace)
}

// exec queues a statement. It is sent with the next question, or before the commit: what a statement costs is mostly the way there and back.
func (w *writer) exec(query string, args ...any) error {
	w.queue.Queue(query, encodeAll(args)...)
	return nil
}

// flush sends what is queued.
func (w *writer) flush() error {
	if w.queue.Len() == 0 {
		return nil
	}
	queue := w.queue
	w.queue = &pgx.Batch{}
	return w.tx.SendBatch(w.ctx, queue).Close()
}

// Query implements querier.
func (w *writer) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	if w.queue.Len() == 0 {
		return w.tx.Query(ctx, query, args...)
	}
	queue := w.queue
	w.queue = &pgx.Batch{}
	queue.Queue(query, encodeAll(args)...)
	results := w.tx.SendBatch(ctx, queue)
	for range queue.Len() - 1 {
		if _, err := results.Exec(); err != nil {
			return nil, errors.Join(err, results.Close())
		}
	}
	rows, err := results.Query()
	if err != nil {
		return nil, errors.Join(err, results.Close())
	}
	return lastRows{textRows{rows}, results}, nil
}

// lastRows are those of the last statement of a queue, which ends with them.
type lastRows struct {
	textRows
	results pgx.BatchResults
}

func (r lastRows) Close() {
	r.textRows.Close()
	_ = r.results.Close() // its error is that of the rows
}

func (w *writer) query(query string, args ...any) (pgx.Rows, error) {
	return w.Query(w.ctx, query, args...)
}

// key returns the key that a query finds, or 0 when it finds none.
func (w *writer) key(query string, args ...any) (int64, error) {
	return value[int64](w.query(query, args...))
}

// rows calls scan for each row of a query.
func (w *writer) rows(scan func(pgx.Rows) error, query string, args ...any) error {
	rows, err := w.query(query, args...)
	return each(rows, err, scan)
}

// collect returns what scan reads from each row.
func collect[T any](rows pgx.Rows, err error, scan func(rows pgx.Rows, v *T) error) ([]T, error) {
	var list []T
	err = each(rows, err, func(rows pgx.Rows) error {
		var v T
		err := scan(rows, &v)
		list = append(list, v)
		return err
	})
	return list, err
}

// column returns the values of rows of one column.
func column[T any](rows pgx.Rows, err error) ([]T, error) {
	return collect(rows, err, func(rows pgx.Rows, v *T) error { return rows.Scan(v) })
}

// value returns the value of one row of one column, or zero when there is no row.
func value[T any](rows pgx.Rows, err error) (v T, _ error) {
	list, err := column[T](rows, err)
	if len(list) > 0 {
		v = list[0]
	}
	return v, err
}

// each calls scan for each row, and closes rows.
func each(rows pgx.Rows, err error, scan func(pgx.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
