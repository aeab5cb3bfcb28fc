package sqlite

import (
	"context"
	"errors"
	"slices"

	"amalfa/store"
)

// filesAtQuery takes an id: "0" is what follows "/" in the order of bytes, so that the range is all below a folder of that name.
const filesAtQuery = fileQuery + ` WHERE id = ?1 OR id > ?1 || '/' AND id < ?1 || '0'`

// FilesAt implements store.Store.
func (s *Store) FilesAt(ctx context.Context, ids []string) (_ map[string]store.File, err error) {
	if slices.Contains(ids, ".") {
		return s.Files(ctx)
	}
	files := map[string]store.File{}
	if len(ids) == 0 {
		return files, nil
	}
	one, err := s.db.PrepareContext(ctx, filesAtQuery)
	if err != nil {
		return nil, s.wrap("read files of", err)
	}
	defer func() { err = errors.Join(err, one.Close()) }()
	for _, id := range ids {
		rows, err := one.QueryContext(ctx, id)
		if err := collectFiles(rows, err, files); err != nil {
			return nil, s.wrap("read files of", err)
		}
	}
	return files, nil
}
