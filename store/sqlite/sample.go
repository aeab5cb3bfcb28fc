package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"amalfa/store"
)

// Sample returns about limit chunks, at most twice as many, spread evenly over the index, in the order of their ids; all of a
// smaller one.
func (s *Store) Sample(ctx context.Context, limit int) ([]store.Chunk, error) {
	ids, err := column[int64](s.db.QueryContext(ctx, "SELECT id FROM chunks WHERE id % (SELECT max(1, count(*) / ?) FROM chunks) = 0 ORDER BY id", limit))
	if err != nil {
		return nil, s.wrap("sample", err)
	}
	found, err := s.ChunksByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var chunks []store.Chunk
	for _, id := range ids {
		if c, ok := found[id]; ok { // else it went meanwhile
			chunks = append(chunks, c)
		}
	}
	return chunks, nil
}

// remarks are rows of meta that only the program that asks for them understands.
const remarks = "remark."

// Remark returns what SetRemark kept with the index under a name, "" for nothing.
func (s *Store) Remark(ctx context.Context, name string) (value string, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", remarks+name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, s.wrap("read", err)
}

// SetRemark implements Store.
func (s *Store) SetRemark(ctx context.Context, name, value string) error {
	return s.write(ctx, "write", func(tx *sql.Tx) error {
		if value == "" {
			_, err := tx.ExecContext(ctx, "DELETE FROM meta WHERE name = ?", remarks+name)
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", remarks+name, value)
		return err
	})
}
