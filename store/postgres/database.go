package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// database is a pool whose texts are encoded on the way in and decoded on the way out, and which waits for a connection where the server has
// none to give.
type database struct {
	*pgxpool.Pool
	patience time.Duration
}

func newDatabase(ctx context.Context, config *pgxpool.Config, patience time.Duration) (database, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	return database{pool, patience}, err
}

// Query implements querier.
func (d database) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	args = encodeAll(args)
	rows, err := whenFree(ctx, d.patience, func() (pgx.Rows, error) { return d.Pool.Query(ctx, query, args...) })
	return textRows{rows}, err
}

// QueryRow asks for one row.
func (d database) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	rows, err := d.Query(ctx, query, args...)
	return firstRow{rows, err}
}

// Exec runs a statement of its own.
func (d database) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	args = encodeAll(args)
	return whenFree(ctx, d.patience, func() (pgconn.CommandTag, error) { return d.Pool.Exec(ctx, query, args...) })
}

// Begin begins a transaction.
func (d database) Begin(ctx context.Context) (pgx.Tx, error) { return d.BeginTx(ctx, pgx.TxOptions{}) }

// BeginTx begins one of other options.
func (d database) BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error) {
	return whenFree(ctx, d.patience, func() (pgx.Tx, error) { return d.Pool.BeginTx(ctx, o) })
}

// SendBatch sends statements in one message.
func (d database) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	conn, err := d.Acquire(ctx)
	if err != nil {
		return d.Pool.SendBatch(ctx, b) // whose results say why
	}
	return results{conn.SendBatch(ctx, b), conn}
}

// Acquire takes a connection for the caller alone.
func (d database) Acquire(ctx context.Context) (*pgxpool.Conn, error) {
	return whenFree(ctx, d.patience, func() (*pgxpool.Conn, error) { return d.Pool.Acquire(ctx) })
}

// A server that has no connection left is asked again after firstFree, and after twice as long each time, up to lastFree.
const (
	firstFree = 20 * time.Millisecond
	lastFree  = 500 * time.Millisecond
)

// whenFree does what takes a connection, again until the server has one: many programs may begin at once, and each is done soon. Nothing
// was asked before that, so nothing is done twice.
func whenFree[T any](ctx context.Context, patience time.Duration, take func() (T, error)) (T, error) {
	until := time.Now().Add(patience)
	for wait := firstFree; ; wait = min(2*wait, lastFree) {
		taken, err := take()
		if codeOf(err) != noConnection || time.Now().After(until) {
			return taken, err
		}
		select {
		case <-ctx.Done():
			return taken, err
		case <-time.After(wait/2 + rand.N(wait/2)): // #nosec G404 -- so that not all come back at once
		}
	}
}

// firstRow is the first of rows, or why there are none.
type firstRow struct {
	rows pgx.Rows
	err  error
}

// Scan implements pgx.Row.
func (r firstRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// results are those of a batch; with them the connection is given back.
type results struct {
	pgx.BatchResults
	conn *pgxpool.Conn
}

// Close implements pgx.BatchResults.
func (r results) Close() error {
	defer r.conn.Release()
	return r.BatchResults.Close()
}
