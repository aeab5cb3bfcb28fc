package pinned_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"amalfa/models/pinned"
)

func sum(data string) string {
	h := sha256.Sum256([]byte(data))
	return hex.EncodeToString(h[:])
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestWrite(t *testing.T) {
	const text = "the right bytes"
	right := pinned.File{SHA256: sum(text), Size: int64(len(text))}
	broken := errors.New("the disk is broken")
	cases := []struct {
		name string
		want pinned.File
		src  io.Reader
		is   error // nil = written
	}{
		{"right", right, strings.NewReader(text), nil},
		{"size not known", pinned.File{SHA256: sum(text)}, strings.NewReader(text), nil},
		{"one byte at a time", right, iotest.OneByteReader(strings.NewReader(text)), nil},
		{"other bytes", right, strings.NewReader("the wrong bytes"), pinned.ErrMismatch},
		{"shorter", right, strings.NewReader(text[1:]), pinned.ErrMismatch},
		{"longer", right, strings.NewReader(text + "!"), pinned.ErrMismatch},
		{"endless", right, endless{}, pinned.ErrMismatch},
		{"empty", right, strings.NewReader(""), pinned.ErrMismatch},
		{"source fails", right, iotest.ErrReader(broken), broken},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := pinned.Write(path, c.want, 0o640, c.src)
			if !errors.Is(err, c.is) {
				t.Errorf("error %v, want %v", err, c.is)
			}
			after := text
			if c.is != nil {
				after = "before"
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != after {
				t.Errorf("the file holds %q, %v; want %q", got, err, after)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("%d files in the folder, %v; want 1", len(entries), err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := pinned.Check(path, sum("text")); err != nil {
		t.Error(err)
	}
	var mismatch *pinned.MismatchError
	err := pinned.Check(path, sum("other"))
	if !errors.As(err, &mismatch) || *mismatch != (pinned.MismatchError{Path: path, Want: sum("other"), Got: sum("text")}) {
		t.Errorf("error %+v", err)
	}
	if err := pinned.Check(dir, sum("")); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
	if err := pinned.Check(path+"x", sum("")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func TestSumOfALargeFile(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 300_000)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, size, err := pinned.Sum(path); got != sum(string(data)) || size != 3_000_000 || err != nil {
		t.Errorf("%s, %d, %v", got, size, err)
	}
}
