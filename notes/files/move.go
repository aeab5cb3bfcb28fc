package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Move moves a note, or a folder where both paths end with a slash, to a path where nothing is, and makes the folders on the way
// there. It returns those that it made, outermost first. A name that differs in case alone may be the same file.
func (f *Folder) Move(from, to string) (made []string, err error) {
	isFolder := strings.HasSuffix(from, "/")
	if err := errors.Join(movable(from, isFolder), movable(to, isFolder)); err != nil {
		return nil, err
	}
	from, to = strings.TrimSuffix(from, "/"), strings.TrimSuffix(to, "/")
	was, err := f.root.Lstat(filepath.FromSlash(from))
	switch {
	case err != nil:
		return nil, fmt.Errorf("move %s: %w", from, err)
	case isFolder != was.IsDir() || !isFolder && !was.Mode().IsRegular():
		return nil, fmt.Errorf("%q: %w: %w", from, ErrRefused, ErrNotRegular)
	}
	there, err := f.root.Lstat(filepath.FromSlash(to))
	same := err == nil && os.SameFile(was, there)
	switch {
	case err == nil && !same:
		return nil, fmt.Errorf("move to %s: %w", to, ErrExists)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("move to %s: %w", to, err)
	}
	if made, err = f.makeFolders(path.Dir(to)); err == nil {
		err = f.rename(filepath.FromSlash(from), filepath.FromSlash(to), isFolder || same)
	}
	if err != nil {
		f.RemoveFolders(made)
		return nil, fmt.Errorf("move %s: %w", from, err)
	}
	settle(f.root, filepath.Dir(filepath.FromSlash(to)))
	settle(f.root, filepath.Dir(filepath.FromSlash(from)))
	return made, nil
}

// rename gives a note its second name before it takes the first away, so that what somebody else puts there meanwhile is not lost;
// where files have one name only, and for folders, it renames.
func (f *Folder) rename(from, to string, plain bool) error {
	if !plain {
		err := f.root.Link(from, to)
		if err == nil {
			return f.root.Remove(from)
		}
		if errors.Is(err, fs.ErrExist) {
			return ErrExists
		}
	}
	return f.root.Rename(from, to)
}

// movable is allowed for folders too.
func movable(id string, isFolder bool) error {
	if isFolder {
		return allowed(id + "x.md")
	}
	return allowed(id)
}

// makeFolders makes a folder and those above it, and returns those that it made, outermost first.
func (f *Folder) makeFolders(dir string) (made []string, err error) {
	if dir == "." {
		return nil, nil
	}
	for part := dir; part != "."; part = path.Dir(part) {
		if _, err := f.root.Lstat(filepath.FromSlash(part)); err == nil {
			break
		}
		made = append([]string{part}, made...)
	}
	return made, f.root.MkdirAll(filepath.FromSlash(dir), 0o755)
}

// RemoveFolders removes folders that are empty, innermost last in the list. Others stay.
func (f *Folder) RemoveFolders(made []string) {
	for i := len(made) - 1; i >= 0; i-- {
		_ = f.root.Remove(filepath.FromSlash(made[i])) // one that holds something is not removed
	}
}

// Remove removes a note whose content has the hash expected; otherwise it returns ErrChanged and leaves it.
func (f *Folder) Remove(id, expected string) error {
	data, err := f.Read(id)
	switch {
	case err != nil:
		return err
	case Hash(data) != expected:
		return fmt.Errorf("remove %s: %w", id, ErrChanged)
	}
	if err := f.root.Remove(filepath.FromSlash(id)); err != nil {
		return fmt.Errorf("remove %s: %w", id, err)
	}
	settle(f.root, filepath.Dir(filepath.FromSlash(id)))
	return nil
}

// Has tells whether something lies at a path; a folder's may end with a slash.
func (f *Folder) Has(id string) bool {
	_, err := f.root.Lstat(filepath.FromSlash(strings.TrimSuffix(id, "/")))
	return err == nil
}
