package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// noteQuery selects what readNotes reads.
const noteQuery = "SELECT n.id, n.title, n.hash, n.size, n.mtime, n.kind, n.lines, n.date, n.date_from, n.tags, n.aliases FROM notes n WHERE n.workspace = $1"

// readNotes runs noteQuery with more behind it, whose arguments begin with $2.
func (s *Store) readNotes(ctx context.Context, q querier, more string, args ...any) ([]store.Note, error) {
	rows, err := q.Query(ctx, noteQuery+more, append([]any{s.workspace}, args...)...)
	return collect(rows, err, func(rows pgx.Rows, n *store.Note) error {
		return rows.Scan(&n.ID, &n.Title, &n.Hash, &n.Size, &n.MTime, &n.Kind, &n.Lines, &n.Date, &n.DateFrom, &n.Tags, &n.Aliases)
	})
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, id string) (store.Note, error) {
	found, err := s.readNotes(ctx, s.pool, " AND n.id = $2", id)
	switch {
	case err != nil:
		return store.Note{}, s.wrap("read notes of", err)
	case len(found) == 0:
		return store.Note{}, fmt.Errorf("note %s: %w", id, store.ErrNotFound)
	}
	return found[0], nil
}

// GetAll implements store.Store.
func (s *Store) GetAll(ctx context.Context, ids []string) (map[string]store.Note, error) {
	found, err := s.readNotes(ctx, s.pool, " AND n.id = ANY($2)", ids)
	all := make(map[string]store.Note, len(found))
	for _, n := range found {
		all[n.ID] = n
	}
	return all, s.wrap("read notes of", err)
}

// Find implements store.Store.
func (s *Store) Find(ctx context.Context, ref string) (found []store.Note, err error) {
	err = s.read(ctx, "read notes of", func(tx pgx.Tx) error {
		r, err := s.resolverOf(ctx, tx, notes.Key(ref))
		if err != nil {
			return err
		}
		found, err = s.readNotes(ctx, tx, " AND n.id = ANY($2) ORDER BY n.id", r.Find(ref))
		return err
	})
	return found, err
}

// List implements store.Store.
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]store.Note, error) {
	more, args := " AND n.id > $2 AND n.id >= $3", []any{after, prefix}
	if end := batch.PrefixEnd(encode(prefix)); end != "" { // among texts as they are kept
		more, args = more+" AND convert_to(n.id, 'UTF8') < $4", append(args, []byte(end))
	}
	more += " ORDER BY n.id"
	if limit > 0 {
		more += fmt.Sprintf(" LIMIT %d", limit)
	}
	found, err := s.readNotes(ctx, s.pool, more, args...)
	return found, s.wrap("read notes of", err)
}

const chunkQuery = `SELECT c.id, n.id, c.seq, c.heading, c.first_line, c.last_line, c.start_byte, c.end_byte, c.tokens, p.hash, c.text, c.plain, c.hidden
	FROM chunks c JOIN notes n ON n.key = c.note JOIN passages p ON p.key = c.passage WHERE c.workspace = $1`

func (s *Store) readChunks(ctx context.Context, q querier, more string, args ...any) ([]store.Chunk, error) {
	rows, err := q.Query(ctx, chunkQuery+more, append([]any{s.workspace}, args...)...)
	chunks, err := collect(rows, err, func(rows pgx.Rows, c *store.Chunk) error {
		return rows.Scan(&c.ID, &c.Note, &c.Seq, &c.Heading, &c.FirstLine, &c.LastLine, &c.Start, &c.End, &c.Tokens, &c.Hash, &c.Text, &c.Plain, &c.Hidden)
	})
	return chunks, s.wrap("read chunks of", err)
}

// Chunks implements store.Store.
func (s *Store) Chunks(ctx context.Context, note string) ([]store.Chunk, error) {
	return s.readChunks(ctx, s.pool, " AND n.workspace = $1 AND n.id = $2 ORDER BY c.seq, c.id", note)
}

// ChunksByID implements store.Store.
func (s *Store) ChunksByID(ctx context.Context, ids []int64) (map[int64]store.Chunk, error) {
	found, err := s.readChunks(ctx, s.pool, " AND c.id = ANY($2)", ids)
	chunks := make(map[int64]store.Chunk, len(found))
	for _, c := range found {
		chunks[c.ID] = c
	}
	return chunks, err
}

// ChunksByRef implements store.Store.
func (s *Store) ChunksByRef(ctx context.Context, ref string) ([]store.Chunk, error) {
	passage := ref[:min(store.RefPassage, len(ref))]
	chunks, err := s.readChunks(ctx, s.pool, " AND p.workspace = $1 AND p.hash >= $2 AND p.hash < $3 ORDER BY n.id, c.seq", passage, batch.PrefixEnd(passage))
	return slices.DeleteFunc(chunks, func(c store.Chunk) bool { return c.Ref() != ref }), err
}

// Sample returns about limit chunks, at most twice as many, spread evenly over the index, in the order of their ids; all of a
// smaller one.
func (s *Store) Sample(ctx context.Context, limit int) ([]store.Chunk, error) {
	return s.readChunks(ctx, s.pool, " AND c.id % (SELECT greatest(1, count(*) / $2) FROM chunks WHERE workspace = $1) = 0 ORDER BY c.id", int64(limit))
}
