// Package files reads and changes notes on disk, for commands and tools that were asked to.
//
// A note is replaced whole, by a rename, and only while it still holds what the change was made from. Paths are resolved by
// the kernel below the workspace, so that neither ".." nor a symbolic link leads out; hidden files and folders, and what is
// not Markdown, are refused. A crash leaves the old note or the new one, and at worst a hidden file named .amalfa-*.tmp.
package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"amalfa/notes"
)

// MaxBytes is the largest note that is read or written here.
const MaxBytes = 8 << 20

// Errors on which callers act.
var (
	ErrChanged = errors.New("the note is not what the change was made from")
	ErrRefused = errors.New("not a note that amalfa may write")
	ErrExists  = errors.New("the note exists already")
)

// A Folder is a workspace that is open for changes. Safe for concurrent use. Close it.
type Folder struct{ root *os.Root }

// Open opens the workspace at an absolute path.
func Open(workspace string) (*Folder, error) {
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return nil, fmt.Errorf("open workspace: %w", err)
	}
	return &Folder{root}, nil
}

// Close lets the workspace go.
func (f *Folder) Close() error { return f.root.Close() }

// Read returns a note's bytes, to make a change from.
func (f *Folder) Read(id string) ([]byte, error) {
	if err := allowed(id); err != nil {
		return nil, err
	}
	_, data, err := f.read(id)
	return data, err
}

// ReadAny returns the bytes of any file of the workspace that is no link, whatever its name.
func (f *Folder) ReadAny(id string) ([]byte, error) {
	_, data, err := f.read(id)
	return data, err
}

// Replace makes data the content of a note whose content has the hash expected; otherwise it returns ErrChanged and leaves
// the note alone. The file's mode stays.
func (f *Folder) Replace(id string, data []byte, expected string) error {
	if err := allowed(id); err != nil {
		return err
	}
	info, old, err := f.read(id)
	if err != nil {
		return err
	}
	if Hash(old) != expected {
		return fmt.Errorf("write %s: %w", id, ErrChanged)
	}
	return f.put(id, data, info.Mode().Perm(), func() error {
		// Once more, as late as can be: what an editor saved meanwhile must not be lost.
		_, now, err := f.read(id)
		if err == nil && Hash(now) != expected {
			err = fmt.Errorf("write %s: %w", id, ErrChanged)
		}
		return err
	})
}

// Create makes a note that does not exist yet, and the folders on the way to it.
func (f *Folder) Create(id string, data []byte) error {
	if err := allowed(id); err != nil {
		return err
	}
	name := filepath.FromSlash(id)
	if _, err := f.makeFolders(path.Dir(id)); err != nil {
		return fmt.Errorf("write %s: %w", id, err)
	}
	return f.put(id, data, 0o644, func() error {
		if _, err := f.root.Lstat(name); err == nil {
			return fmt.Errorf("write %s: %w", id, ErrExists)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write %s: %w", id, err)
		}
		return nil
	})
}

// MaxDepth is how many folders may lie in each other for a note to be indexed, or written. Each is opened from the workspace on, so a
// walk takes time by the square of this: 1,000 took 15 s, and no tree that people made is near.
const MaxDepth = 200

// allowed looks at a path alone.
func allowed(id string) error {
	refuse := func(why string) error { return fmt.Errorf("%q: %w: %s", id, ErrRefused, why) }
	switch {
	case id == "" || !utf8.ValidString(id) || strings.ContainsAny(id, "\x00\n\r\\"):
		return refuse("not a path with slashes")
	case path.Clean(id) != id || path.IsAbs(id) || !filepath.IsLocal(filepath.FromSlash(id)):
		return refuse("not a path inside the workspace")
	case strings.Count(id, "/") > MaxDepth:
		return refuse(fmt.Sprintf("in more than %d folders", MaxDepth))
	case !notes.IsMarkdown(id):
		return refuse("not Markdown (.md, .mdx, .markdown)")
	}
	for part := range strings.SplitSeq(id, "/") {
		if strings.HasPrefix(part, ".") {
			return refuse("hidden")
		}
	}
	return nil
}

// read refuses a link, which would be replaced, not followed.
func (f *Folder) read(id string) (info fs.FileInfo, data []byte, err error) {
	file, info, err := OpenNoLink(f.root, id)
	if err == nil {
		defer file.Close()
		data, err = readAll(file, MaxBytes)
	}
	switch {
	case errors.Is(err, ErrNotRegular) || errors.Is(err, ErrTooLarge):
		return nil, nil, fmt.Errorf("%q: %w: %w", id, ErrRefused, err)
	case err != nil:
		return nil, nil, fmt.Errorf("read %s: %w", id, err)
	}
	return info, data, nil
}

// put replaces a note whole, if ready still agrees when all is on disk.
func (f *Folder) put(id string, data []byte, mode fs.FileMode, ready func() error) error {
	if len(data) > MaxBytes {
		return fmt.Errorf("write %s: %w: larger than %d MiB", id, ErrRefused, MaxBytes>>20)
	}
	return replace(f.root, id, data, mode, ready)
}
