package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// read runs fn in one snapshot of the index. It never waits for a writer.
func (s *Store) read(ctx context.Context, op string, fn func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.wrap(op, err)
	}
	defer tx.Rollback()
	return s.wrap(op, fn(tx))
}

// A querier is the database, each question of its own, or one transaction, or a writer, which prepares its statements.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// noteQuery selects what scanNote reads. Lists come as JSON.
const noteQuery = `SELECT notes.key, notes.id, title, hash, size, mtime, kind, lines, date, date_from,
	(SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE note = notes.key ORDER BY tag)),
	(SELECT json_group_array(alias) FROM (SELECT alias FROM aliases WHERE note = notes.key ORDER BY alias)) FROM notes`

func scanNote(rows *sql.Rows) (n store.Note, key int64, err error) {
	var tags, aliases string
	err = rows.Scan(&key, &n.ID, &n.Title, &n.Hash, &n.Size, &n.MTime, &n.Kind, &n.Lines, &n.Date, &n.DateFrom, &tags, &aliases)
	if err != nil {
		return n, key, err
	}
	n.Tags, err = stringList(tags)
	if err != nil {
		return n, key, err
	}
	n.Aliases, err = stringList(aliases)
	return n, key, err
}

// stringList decodes a JSON list; an empty one is nil.
func stringList(data string) ([]string, error) {
	if data == "[]" {
		return nil, nil
	}
	var list []string
	if err := json.Unmarshal([]byte(data), &list); err != nil {
		return nil, fmt.Errorf("%w: a list of strings: %w", store.ErrCorrupt, err)
	}
	return list, nil
}

// readNotes runs a query that starts with noteQuery.
func readNotes(ctx context.Context, q querier, query string, args ...any) ([]store.Note, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	return collect(rows, err, func(rows *sql.Rows, n *store.Note) (err error) {
		*n, _, err = scanNote(rows)
		return err
	})
}

// Get implements Store.
func (s *Store) Get(ctx context.Context, id string) (store.Note, error) {
	n, err := readNote(ctx, s.db, id)
	if errors.Is(err, store.ErrNotFound) {
		return n, cmp.Or(s.passedOver(ctx, []string{id}), err)
	}
	return n, s.wrap("read notes of", err)
}

// GetAll implements Store.
func (s *Store) GetAll(ctx context.Context, ids []string) (map[string]store.Note, error) {
	found, err := readNotes(ctx, s.db, noteQuery+" WHERE notes.id IN (SELECT value FROM json_each(?))", jsonList(ids))
	all := make(map[string]store.Note, len(found))
	for _, n := range found {
		all[n.ID] = n
	}
	if err == nil && len(all) < len(ids) {
		return all, s.passedOver(ctx, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return all[id].ID != "" }))
	}
	return all, s.wrap("read notes of", err)
}

// passedOver is ErrCorrupt where a note that a search by its id did not find is there: a page of the ids is damaged, of which SQLite says
// nothing, and an answer without the note would be wrong.
func (s *Store) passedOver(ctx context.Context, ids []string) error {
	return s.read(ctx, "read notes of", func(tx *sql.Tx) error {
		known, err := knownNotes(ctx, tx, ids)
		if err != nil {
			return err
		}
		there, err := column[string](tx.QueryContext(ctx, "SELECT id FROM notes NOT INDEXED WHERE id IN (SELECT value FROM json_each(?))", jsonList(ids)))
		if err != nil || len(there) == len(known) {
			return err
		}
		return fmt.Errorf("%w: %d notes are not found by their ids", store.ErrCorrupt, len(there)-len(known))
	})
}

func readNote(ctx context.Context, q querier, id string) (store.Note, error) {
	notes, err := readNotes(ctx, q, noteQuery+" WHERE notes.id = ?", id)
	if err == nil && len(notes) == 0 {
		err = fmt.Errorf("note %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return store.Note{}, err
	}
	return notes[0], nil
}

// Find implements Store.
func (s *Store) Find(ctx context.Context, ref string) ([]store.Note, error) {
	var found []store.Note
	err := s.read(ctx, "read notes of", func(tx *sql.Tx) error {
		r, err := resolverOf(ctx, tx, notes.Key(ref))
		if err != nil {
			return err
		}
		found, err = readNotes(ctx, tx, noteQuery+" WHERE notes.id IN (SELECT value FROM json_each(?)) ORDER BY notes.id", jsonList(r.Find(ref)))
		return err
	})
	return found, err
}

// List implements Store.
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]store.Note, error) {
	if limit <= 0 {
		limit = -1 // SQLite's word for all
	}
	query, args := noteQuery+" WHERE notes.id > ? AND notes.id >= ?", []any{after, prefix}
	if end := batch.PrefixEnd(prefix); end != "" {
		query, args = query+" AND notes.id < ?", append(args, end)
	}
	notes, err := readNotes(ctx, s.db, query+" ORDER BY notes.id LIMIT ?", append(args, limit)...)
	return notes, s.wrap("read notes of", err)
}

// Files implements Store.
func (s *Store) Files(ctx context.Context) (map[string]store.File, error) {
	files, err := readFiles(ctx, s.db)
	return files, s.wrap("read files of", err)
}

const fileQuery = `SELECT id, state, reason, hash, size, mtime, ctime, inode, racy, chunker, chunks, coalesce(digest, '')
	FROM files LEFT JOIN models ON models.key = vectors`

func readFiles(ctx context.Context, q querier) (map[string]store.File, error) {
	files := map[string]store.File{}
	rows, err := q.QueryContext(ctx, fileQuery)
	return files, collectFiles(rows, err, files)
}

func collectFiles(rows *sql.Rows, err error, into map[string]store.File) error {
	return each(rows, err, func(rows *sql.Rows) error {
		var f store.File
		err := rows.Scan(&f.ID, &f.State, &f.Reason, &f.Hash, &f.Size, &f.MTime, &f.CTime, &f.Inode, &f.Racy, &f.Chunker, &f.Chunks, &f.Vectors)
		into[f.ID] = f
		return err
	})
}

const chunkQuery = `SELECT c.id, n.id, c.seq, c.heading, c.first_line, c.last_line, c.start_byte, c.end_byte, c.tokens, p.hash, c.text,
	coalesce(c.plain, ''), coalesce(c.hidden, '')
	FROM chunks c JOIN notes n ON n.key = c.note JOIN passages p ON p.key = c.passage `

func readChunks(ctx context.Context, q querier, query string, args ...any) ([]store.Chunk, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	return collect(rows, err, func(rows *sql.Rows, c *store.Chunk) error {
		var heading string
		err := rows.Scan(&c.ID, &c.Note, &c.Seq, &heading, &c.FirstLine, &c.LastLine, &c.Start, &c.End, &c.Tokens, &c.Hash, &c.Text, &c.Plain, &c.Hidden)
		if err != nil {
			return err
		}
		c.Heading, err = stringList(heading)
		return err
	})
}

// Chunks implements Store.
func (s *Store) Chunks(ctx context.Context, note string) ([]store.Chunk, error) {
	chunks, err := chunksOf(ctx, s.db, note)
	return chunks, s.wrap("read chunks of", err)
}

func chunksOf(ctx context.Context, q querier, note string) ([]store.Chunk, error) {
	return readChunks(ctx, q, chunkQuery+"WHERE n.id = ? ORDER BY c.seq, c.id", note)
}

// ChunksByID implements Store.
func (s *Store) ChunksByID(ctx context.Context, ids []int64) (map[int64]store.Chunk, error) {
	found, err := readChunks(ctx, s.db, chunkQuery+"WHERE c.id IN (SELECT value FROM json_each(?))", jsonList(ids))
	chunks := make(map[int64]store.Chunk, len(found))
	for _, c := range found {
		chunks[c.ID] = c
	}
	return chunks, s.wrap("read chunks of", err)
}

// ChunksByRef implements store.Store.
func (s *Store) ChunksByRef(ctx context.Context, ref string) ([]store.Chunk, error) {
	passage := ref[:min(store.RefPassage, len(ref))]
	chunks, err := readChunks(ctx, s.db, chunkQuery+"WHERE p.hash >= ? AND p.hash < ? ORDER BY n.id, c.seq", passage, batch.PrefixEnd(passage))
	return slices.DeleteFunc(chunks, func(c store.Chunk) bool { return c.Ref() != ref }), s.wrap("read chunks of", err)
}
