// Package pinned puts bytes on disk only under the digest that was expected of them.
//
// A file appears under its final name complete and verified, or not at all: the bytes go to a temporary file
// in the same folder, are hashed on the way, synced, renamed, and the folder is synced too.
package pinned

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrMismatch reports bytes that are not the expected ones; *MismatchError says which.
var ErrMismatch = errors.New("checksum mismatch")

// A MismatchError names a file whose bytes are not the expected ones. Sums are lower-case SHA-256 hex.
type MismatchError struct {
	Path      string
	Want, Got string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s: %v: expected sha256 %s, got %s", e.Path, ErrMismatch, e.Want, e.Got)
}

// Unwrap makes errors.Is(err, ErrMismatch) true.
func (e *MismatchError) Unwrap() error { return ErrMismatch }

// Sum returns the SHA-256 of a regular file in lower-case hex, and its size in bytes.
// It refuses everything that is not a regular file, so that a pipe or a device cannot hang it.
func Sum(path string) (sum string, size int64, err error) {
	f, err := openRegular(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.CopyBuffer(h, onlyReader{f}, make([]byte, 1<<20))
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// Check returns nil when the file at path has the SHA-256 want (lower-case hex), else a *MismatchError
// or the error that kept it from being read.
func Check(path, want string) error {
	got, _, err := Sum(path)
	if err != nil {
		return err
	}
	if got != want {
		return &MismatchError{Path: path, Want: want, Got: got}
	}
	return nil
}

// maxUnknown bounds a file whose size is not known beforehand.
const maxUnknown = 1 << 30

// A File says which bytes are expected.
type File struct {
	SHA256 string // lower-case hex
	Size   int64  // bytes; 0 means not known, and then at most 1 GiB
}

// Write stores what src gives at path when it has the expected size and digest, in a file of mode perm.
// A longer source is cut off one byte past the size, so an endless one costs no disk. Whatever was at path is
// replaced by the rename, never edited in place. The folder must exist.
func Write(path string, want File, perm fs.FileMode, src io.Reader) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if err := copyChecked(tmp, path, want, src); err != nil {
		return err
	}
	if err := tmp.Chmod(perm); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return Commit(tmp, path)
}

func copyChecked(tmp io.Writer, path string, want File, src io.Reader) error {
	limit := want.Size
	if limit == 0 {
		limit = maxUnknown
	}
	h := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(tmp, h), onlyReader{io.LimitReader(src, limit+1)}, make([]byte, 1<<20))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if n > limit || want.Size != 0 && n != want.Size {
		return fmt.Errorf("%s: %w: expected %d bytes, got %s", path, ErrMismatch, limit, count(n, limit))
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want.SHA256 {
		return &MismatchError{Path: path, Want: want.SHA256, Got: got}
	}
	return nil
}

// Commit syncs and closes tmp, renames it to path in the same folder and syncs the folder.
// The caller has verified what tmp holds. On an error tmp is left for the caller to remove.
func Commit(tmp *os.File, path string) error {
	if err := tmp.Sync(); err != nil {
		tmp.Close()
		return fmt.Errorf("sync %s: %w", tmp.Name(), err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("close %s: %w", tmp.Name(), err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open %s: not a regular file", path)
	}
	return os.Open(path)
}

func count(n, limit int64) string {
	if n > limit {
		return "more"
	}
	return fmt.Sprint(n)
}

// onlyReader hides WriteTo, which would bypass the large buffer.
type onlyReader struct{ io.Reader }
