package postgres

import "context"

// A server counts what is in its tables about once a minute (autovacuum). Until then it takes a new table for one of a few rows, and
// looks through all notes for each one of a batch: in docs/decisions/0098-words-and-vectors-on-a-server.md it took 15 times as long to
// write 20,000 passages. So who fills a table asks for the count.
const growth = 4 // times as many chunks as were counted last make another count due

// countDue is the id of a chunk from which on the tables may have grown that far. Guarded by Store.writing.
type countDue int64

// countRows brings the server's statistics up to date where the workspace, whose last chunk it is, has grown far past them. It never
// fails what was written; a role that owns no tables is told no and waits for the server's own count.
func (s *Store) countRows(ctx context.Context, last int64) {
	if last < int64(s.countDue) {
		return
	}
	counted, err := value[float64](s.pool.Query(ctx, "SELECT reltuples::float8 FROM pg_class WHERE oid = 'amalfa.chunks'::regclass"))
	if err != nil {
		return
	}
	if s.countDue = countDue(growth * max(counted, 0)); last < int64(s.countDue) {
		return
	}
	s.countDue = countDue(growth * last)
	_, _ = s.pool.Exec(ctx, `ANALYZE amalfa.notes, amalfa.files, amalfa.names, amalfa.edges, amalfa.passages, amalfa.chunks,
		amalfa.vectors (workspace, model, passage), amalfa.pages (workspace, key)`)
}
