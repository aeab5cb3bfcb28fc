package files

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

// Errors of reading.
var (
	ErrNotRegular = errors.New("not a regular file")
	ErrTooLarge   = errors.New("larger than")
)

// Hash names the content of a note: SHA-256, hex, as the index holds it.
func Hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// OpenRegular opens a file below root for reading. The kernel resolves the name, so that neither ".." nor a link leads out.
// Devices and pipes are refused, with ErrNotRegular, without waiting for them.
func OpenRegular(root *os.Root, id string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(filepath.FromSlash(id), os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// OpenNoLink is OpenRegular for what the name itself stands for: a file that is a link, or became one between the look and the
// open, is ErrNotRegular too.
func OpenNoLink(root *os.Root, id string) (*os.File, fs.FileInfo, error) {
	seen, err := root.Lstat(filepath.FromSlash(id))
	if err != nil {
		return nil, nil, err
	}
	if !seen.Mode().IsRegular() {
		return nil, nil, ErrNotRegular
	}
	f, info, err := OpenRegular(root, id)
	if err == nil && !os.SameFile(seen, info) {
		return nil, nil, errors.Join(ErrNotRegular, f.Close())
	}
	return f, info, err
}

// Read returns the whole of a regular file below root, or ErrTooLarge for more than limit bytes.
func Read(root *os.Root, id string, limit int64) ([]byte, error) {
	f, _, err := OpenRegular(root, id)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, limit)
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%w %d MiB", ErrTooLarge, limit>>20)
	}
	return data, err
}
