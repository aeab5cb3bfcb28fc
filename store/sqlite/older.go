package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// olderPath is where the index lies as it was in an older layout, from its migration until DropOlder.
func olderPath(path string, version int) string { return fmt.Sprintf("%s.layout-%d", path, version) }

// keepOlder copies the index as it is in an older layout. It runs while the caller holds the write lock, so that nobody writes and
// nobody else copies; a process that is killed leaves a part, which the next one removes.
func (s *Store) keepOlder(ctx context.Context, version int) error {
	older := olderPath(s.path, version)
	part := older + ".part"
	if err := removeIfThere(part); err != nil {
		return err
	}
	if err := s.writeCopy(ctx, part); err != nil {
		return err
	}
	return os.Rename(part, older)
}

// DropOlder removes what migrations kept of the index in older layouts, once a run has shown that nobody needs it.
func (s *Store) DropOlder() error {
	var errs []error
	for version := 1; version < SchemaVersion; version++ {
		older := olderPath(s.path, version)
		errs = append(errs, removeIfThere(older), removeIfThere(older+".part"))
	}
	return errors.Join(errs...)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
