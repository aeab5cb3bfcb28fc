package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/natefinch/atomic"
)

// Change is what writing an entry does, or would do, to one file.
type Change struct {
	Client, Path  string
	Before, After string  // texts of the file; Before is "" when it does not exist
	Backup        string  // where the old text was kept; "" when nothing was written or there was none
	Started       Started // the entry as After has it
}

// Changed reports whether the file differs from what it should be.
func (c Change) Changed() bool { return c.Before != c.After }

// Plan says what writing an entry for a client would do. It returns ErrUnmergeable, wrapped, for a file that it does not
// understand well enough to change.
func Plan(c Client, path string, e Entry) (Change, error) {
	ch := Change{Client: c.Name, Path: path}
	data, err := readSettings(path)
	if err != nil {
		return ch, fmt.Errorf("read settings of %s: %w", c.Name, err)
	}
	ch.Before = string(data)
	if ch.After, err = c.file.merge(ch.Before, e); err != nil {
		return ch, fmt.Errorf("merge into %s: %w", path, err)
	}
	tree, err := c.file.decode(ch.After)
	if err != nil {
		return ch, fmt.Errorf("merge into %s: %w", path, err)
	}
	entry, _ := remove(tree, c.file.keys(ch.After)).(map[string]any)
	ch.Started, _ = c.file.shape.read(entry) // verify has seen that it is there
	return ch, nil
}

// readSettings returns the text of a file, none where it does not exist. A link that leads nowhere, on the way or at its end, is an error: it
// belongs to somebody's dotfiles, which are not here yet.
func readSettings(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return nil, dangling(path)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder, not a file", path)
	case !info.Mode().IsRegular(): // reading it could wait for ever
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	return os.ReadFile(path)
}

// dangling finds what keeps a file from being made: a link that leads nowhere, or a file in the place of a folder.
func dangling(path string) error {
	for at := path; at != filepath.Dir(at); at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil {
			continue
		}
		if _, err := os.Stat(at); err != nil && info.Mode()&fs.ModeSymlink != 0 {
			target, _ := os.Readlink(at) // it was there a moment ago
			return fmt.Errorf("%s is a link to %s, which does not exist: make that, or remove the link", at, target)
		}
		if at != path {
			if real, err := os.Stat(at); err == nil && !real.IsDir() {
				return fmt.Errorf("%s is a file, not a folder", at)
			}
		}
		return nil
	}
	return nil
}

// ErrUnmergeable reports a settings file that must be changed by hand.
var ErrUnmergeable = errors.New("cannot be merged safely")

// Write carries a change out. The old text is kept beside the file first, under the time; the new one replaces it at once. A
// symbolic link stays one: its target is written.
func Write(ch Change, now time.Time) (Change, error) {
	if !ch.Changed() {
		return ch, nil
	}
	path, err := filepath.EvalSymlinks(ch.Path)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = ch.Path, os.MkdirAll(filepath.Dir(ch.Path), 0o755) // #nosec G301 -- a folder of another program's settings, made as that program makes it
	}
	if err != nil {
		return ch, fmt.Errorf("write settings of %s: %w", ch.Client, err)
	}
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		if err := writable(path, info); err != nil {
			return ch, fmt.Errorf("write settings of %s: %w", ch.Client, err)
		}
		mode = info.Mode().Perm()
		ch.Backup = path + "." + now.Format("20060102-150405.000") + ".bak"
		if err := os.WriteFile(ch.Backup, []byte(ch.Before), 0o600); err != nil {
			return ch, fmt.Errorf("keep the old settings of %s: %w", ch.Client, err)
		}
	}
	if err := atomic.WriteFile(path, bytes.NewReader([]byte(ch.After))); err != nil {
		return ch, fmt.Errorf("write settings of %s: %w", ch.Client, err)
	}
	if err := os.Chmod(path, mode); err != nil {
		return ch, fmt.Errorf("write settings of %s: %w", ch.Client, err)
	}
	return ch, nil
}

// writable fails for a file that its owner closed to writing, which replacing it would not notice.
func writable(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o222 == 0 {
		return fmt.Errorf("%s is read-only (mode %04o)", path, info.Mode().Perm())
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}
