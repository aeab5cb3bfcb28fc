package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"amalfa/store"
)

// Backup writes the index as it is now to a new file, while others read and write it. It returns fs.ErrExist when there is a
// file of that name.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up to %s: %w", path, fs.ErrExist)
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".amalfa-backup-")
	if err != nil {
		return fmt.Errorf("back up to %s: %w", path, fileError(err))
	}
	defer os.RemoveAll(dir)
	part := filepath.Join(dir, "part")
	if err := s.writeCopy(ctx, part); err != nil {
		return s.wrap("back up", err)
	}
	return os.Rename(part, path)
}

// writeCopy writes what is committed now to a new file, and has it on the disk when it returns.
func (s *Store) writeCopy(ctx context.Context, path string) error {
	if err := s.vacuumInto(ctx, path); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	return fileError(syncFile(path))
}

// vacuumInto works on a read-only index too: query_only would forbid even a new file.
func (s *Store) vacuumInto(ctx context.Context, path string) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var before int
	if err := conn.QueryRowContext(ctx, "PRAGMA query_only").Scan(&before); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only = 0"); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "VACUUM INTO ?", path)
	_, again := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("PRAGMA query_only = %d", before))
	return errors.Join(err, again)
}

// Restore puts the backup in the place of the index at path, where no process may have it open. A backup that is not sound is
// refused before anything is touched: ErrCorrupt, ErrNewer or ErrNoIndex. The restored index keeps the backup's stamp.
func Restore(ctx context.Context, backup, path string) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".amalfa-restore-")
	if err != nil {
		return fmt.Errorf("restore %s: %w", path, fileError(err))
	}
	defer os.RemoveAll(dir)
	part := filepath.Join(dir, "part")
	if err := copyOut(ctx, backup, part); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	for _, end := range []string{"-wal", "-shm"} {
		if err := removeIfThere(path + end); err != nil {
			return fmt.Errorf("restore %s: %w", path, err)
		}
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	(&Store{path: path}).removeVectorFiles("") // of what was there before
	return nil
}

// copyOut copies a backup, brings the copy up to date where it is older, and checks it.
func copyOut(ctx context.Context, backup, to string) error {
	if info, err := os.Stat(backup + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%w: %s is not a backup: a log stands beside it", store.ErrCorrupt, backup)
	}
	if err := copyFile(backup, to); err != nil {
		return err
	}
	s, err := Open(ctx, to, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(s.Check(ctx), s.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", from, store.ErrNoIndex)
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fileError(err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fileError(err)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
