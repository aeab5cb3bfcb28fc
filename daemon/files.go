package daemon

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// makeFolder creates dir with mode 0700 and refuses one that could lead
// elsewhere: neither dir nor its parent may be a link or belong to another user.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		fi, err := os.Lstat(d)
		if err != nil {
			return fmt.Errorf("look at folder: %w", err)
		}
		if !fi.IsDir() {
			return fmt.Errorf("%s is not a real folder: %w", d, fs.ErrPermission)
		}
		if !isOurs(fi) {
			return fmt.Errorf("%s belongs to another user: %w", d, fs.ErrPermission)
		}
	}
	return nil
}

// openRecord opens a record for reading, or for writing and creating, without following a link.
func openRecord(path string, create bool) (*os.File, error) {
	flags := os.O_RDONLY
	if create {
		flags = os.O_RDWR | os.O_CREATE
	}
	f, err := openPlain(path, flags)
	if err != nil {
		return nil, fmt.Errorf("open record: %w", err)
	}
	return f, nil
}

// openPlain opens a regular file of ours with mode 0600 and nothing else: no
// link, pipe or device, no second name of some other file.
func openPlain(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	if err := checkPlain(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func checkPlain(f *os.File) error {
	fi, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !fi.Mode().IsRegular():
		return fmt.Errorf("not a regular file: %w", fs.ErrPermission)
	case !isOurs(fi):
		return fmt.Errorf("belongs to another user: %w", fs.ErrPermission)
	case hasOtherNames(fi):
		return fmt.Errorf("has a second name: %w", fs.ErrPermission)
	case fi.Mode().Perm()&0o077 != 0 && enforcesModes:
		return f.Chmod(0o600)
	}
	return nil
}
