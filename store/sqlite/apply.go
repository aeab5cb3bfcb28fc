package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"amalfa/store"
	"amalfa/store/batch"
	"amalfa/store/text"
)

// Apply implements Store.
func (s *Store) Apply(ctx context.Context, b store.Batch) error {
	if err := batch.Validate(b); err != nil {
		return fmt.Errorf("write index %s: %w", s.path, err)
	}
	if len(b.Vectors) > 0 {
		s.vectored.Store(true)
	}
	drafts, err := s.drafts(ctx, b.Puts)
	if !b.More {
		s.analyzers.Forget()
	}
	if err != nil {
		return err
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if idle, err := s.idle(ctx, b); err != nil || idle {
		return err
	}
	var done bool
	err = s.write(ctx, "write index", func(tx *sql.Tx) error {
		w := newWriter(ctx, tx)
		w.waiting = &s.waiting
		defer w.close()
		err := w.apply(b, drafts)
		done = w.resolved
		return err
	})
	switch {
	case err != nil:
		s.waiting.Failed()
	case done:
		s.waiting = batch.Pending{}
	}
	return err
}

// idle tells that a batch has nothing to write: the last one of a run over the whole workspace that found nothing to do, where no run
// was cut off before.
func (s *Store) idle(ctx context.Context, b store.Batch) (bool, error) {
	if !b.Whole || batch.Writes(b) || len(b.Vectors) > 0 || s.waiting.Len() > 0 {
		return false, nil
	}
	left, err := value[int](s.db.QueryContext(ctx, "SELECT (SELECT count(*) FROM orphans) + (SELECT count(*) FROM meta WHERE name = 'unresolved')"))
	return left == 0, s.wrap("read index", err)
}

// A writer carries out one batch inside a transaction. It keeps the first error and does nothing after it, so that the steps
// read as a list.
type writer struct {
	ctx      context.Context
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
	dirty    map[string]bool  // name keys whose notes changed: edges with these names resolve again
	waiting  *batch.Pending   // of the Store
	orphans  map[int64]bool   // passages that lost a chunk
	words    text.Builder     // words of the chunks that came and went
	building chan *text.Built // gets their segment; nil: not begun
	analyzer text.Analyzer

	events   []store.Event
	resolved bool // nothing of waiting waits any more, once this is committed

	revectored map[int64]bool // chunks whose vectors may have come, gone or changed
}

func newWriter(ctx context.Context, tx *sql.Tx) *writer {
	return &writer{ctx: ctx, tx: tx, prepared: map[string]*sql.Stmt{}, dirty: map[string]bool{}, waiting: &batch.Pending{}, orphans: map[int64]bool{}, revectored: map[int64]bool{}}
}

func (w *writer) close() {
	for _, stmt := range w.prepared {
		_ = stmt.Close() // the transaction has decided already
	}
}

func (w *writer) apply(b store.Batch, drafts map[string]*draft) error {
	for _, id := range b.Deletes {
		if err := w.delete(id); err != nil {
			return fmt.Errorf("delete %s: %w", id, err)
		}
	}
	puts, err := w.putFresh(b.Puts, drafts)
	if err != nil {
		return fmt.Errorf("put new notes: %w", err)
	}
	for _, p := range puts {
		if err := w.put(p); err != nil {
			return fmt.Errorf("put %s: %w", p.Note.ID, err)
		}
	}
	for _, f := range b.Files {
		if err := w.putFile(f); err != nil {
			return fmt.Errorf("record file %s: %w", f.ID, err)
		}
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"record other files", func() error { return w.putOthers(b) }},
		{"put vectors", func() error { return w.putVectors(b.Model, b.Vectors) }},
		{"look for missing vectors", func() error { return w.completeBatch(b) }},
		{"resolve links", func() error { return w.resolve(b) }},
		{"remove unused passages", func() error { return w.sweep(b.More) }},
		{"index words", w.flushWords},
		{"record history", w.record},
		{"list changes", w.logVectors},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return w.nextGeneration()
}

// nextGeneration moves DataVersion on.
func (w *writer) nextGeneration() error {
	return w.exec("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
}

// stmt prepares a statement once per transaction: parsing costs more than running. That the context has ended shows here and not
// within a statement: the driver would start a goroutine for each to watch it, and most take a few microseconds.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	if stmt := w.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.tx.PrepareContext(w.ctx, query)
	if err != nil {
		return nil, err
	}
	w.prepared[query] = stmt
	return stmt, nil
}

func (w *writer) exec(query string, args ...any) error {
	stmt, err := w.stmt(query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(context.WithoutCancel(w.ctx), args...)
	return err
}

// insert returns the new row's key.
func (w *writer) insert(query string, args ...any) (int64, error) {
	stmt, err := w.stmt(query)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(context.WithoutCancel(w.ctx), args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// key returns the key that a query finds, or 0 when it finds none.
func (w *writer) key(query string, args ...any) (int64, error) {
	return value[int64](w.query(query, args...))
}

// rows calls scan for each row of a query.
func (w *writer) rows(scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := w.query(query, args...)
	return each(rows, err, scan)
}

func (w *writer) query(query string, args ...any) (*sql.Rows, error) {
	return w.QueryContext(w.ctx, query, args...)
}

// QueryContext implements querier.
func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := w.stmt(query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(context.WithoutCancel(ctx), args...)
}

// collect returns what scan reads from each row.
func collect[T any](rows *sql.Rows, err error, scan func(rows *sql.Rows, v *T) error) ([]T, error) {
	var list []T
	err = each(rows, err, func(rows *sql.Rows) error {
		var v T
		err := scan(rows, &v)
		list = append(list, v)
		return err
	})
	return list, err
}

// column returns the values of rows of one column.
func column[T any](rows *sql.Rows, err error) ([]T, error) {
	return collect(rows, err, func(rows *sql.Rows, v *T) error { return rows.Scan(v) })
}

// value returns the value of one row of one column, or zero when there is no row.
func value[T any](rows *sql.Rows, err error) (v T, _ error) {
	list, err := column[T](rows, err)
	if len(list) > 0 {
		v = list[0]
	}
	return v, err
}

// each calls scan for each row, and closes rows.
func each(rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
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

// sweep removes the passages that no chunk uses any more, and with them their vectors. While more batches of the run are to come
// they only become orphans.
func (w *writer) sweep(more bool) error {
	for _, key := range slices.Sorted(maps.Keys(w.orphans)) {
		err := w.exec("INSERT OR IGNORE INTO orphans SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE passage = ?1)", key)
		if err != nil {
			return err
		}
	}
	if more {
		return nil
	}
	err := w.exec(`DELETE FROM passages WHERE key IN (SELECT passage FROM orphans)
		AND NOT EXISTS (SELECT 1 FROM chunks WHERE passage = passages.key)`)
	if err != nil {
		return err
	}
	return w.exec("DELETE FROM orphans")
}
