package files

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReplaceFile makes data the content of a file below a root, whatever was there; a crash leaves the old file or the new one. name has
// slashes.
func ReplaceFile(root *os.Root, name string, data []byte, mode fs.FileMode) error {
	return replace(root, name, data, mode, func() error { return nil })
}

// replace writes beside the file and renames, if ready still agrees when all is on disk.
func replace(root *os.Root, id string, data []byte, mode fs.FileMode, ready func() error) (err error) {
	name := filepath.FromSlash(id)
	aside := filepath.Join(filepath.Dir(name), ".amalfa-"+rand.Text()+".tmp")
	defer func() {
		if err != nil {
			_ = root.Remove(aside) // the first error is the one to tell
		}
	}()
	if err := WriteNew(root, aside, data, mode); err != nil {
		return fmt.Errorf("write %s: %w", id, err)
	}
	if err := ready(); err != nil {
		return err
	}
	if err := root.Rename(aside, name); err != nil {
		return fmt.Errorf("write %s: %w", id, err)
	}
	settle(root, filepath.Dir(name))
	return nil
}

// WriteNew writes a file that is not there yet, and puts it on disk. name is the system's.
func WriteNew(root *os.Root, name string, data []byte, mode fs.FileMode) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = file.Chmod(mode) // whatever the umask
	}
	return errors.Join(err, file.Close())
}

// settle puts a rename on disk, where folders can be synced. The rename is done either way.
func settle(root *os.Root, dir string) {
	if d, err := root.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
