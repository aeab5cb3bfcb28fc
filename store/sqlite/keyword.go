package sqlite

import (
	"context"
	"database/sql"

	"amalfa/store/text"
)

// withWords calls fn with the words of one transaction.
func (s *Store) withWords(ctx context.Context, op string, fn func(*text.Snapshot, text.Source) error) error {
	return s.read(ctx, op, func(tx *sql.Tx) error {
		x, err := s.wordSnapshot(ctx, tx)
		if err != nil {
			return err
		}
		return fn(x, wordSource{tx, &s.words})
	})
}
