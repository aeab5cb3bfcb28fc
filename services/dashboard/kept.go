package dashboard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// mapFormat is part of the key under which a map is kept. Raise it when another layout or another reply comes of the same index.
const mapFormat = 1

// A keeper has the last map, by the state of the index that it is of: in memory, and in a file, so that a dashboard that starts anew need not
// lay it out again.
type keeper struct {
	path string // "" for none

	mu   sync.Mutex // held while a map is made: whoever else asks for it waits
	key  string
	data []byte
}

// get returns the map under a key; make makes it where there is none. A file that cannot be written, or is not whole, costs a new layout at
// the next start and nothing else: fault is told of it.
func (k *keeper) get(key string, make func() ([]byte, error), fault func(error)) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.data == nil {
		k.read()
	}
	if k.data != nil && k.key == key {
		return k.data, nil
	}
	data, err := make()
	if err != nil {
		return nil, err
	}
	k.key, k.data = key, data
	if err := k.write(); err != nil {
		fault(err)
	}
	return data, nil
}

// read takes what another process kept: a line with the key, one with the digest of what follows, and that.
func (k *keeper) read() {
	if k.path == "" {
		return
	}
	text, err := os.ReadFile(k.path)
	if err != nil {
		return
	}
	key, rest, _ := bytes.Cut(text, []byte("\n"))
	sum, data, _ := bytes.Cut(rest, []byte("\n"))
	if string(sum) == digestOf(data) {
		k.key, k.data = string(key), bytes.Clone(data)
	}
}

// write replaces the file whole.
func (k *keeper) write() error {
	if k.path == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(k.path), filepath.Base(k.path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%s\n%s\n", k.key, digestOf(k.data))
	if err == nil {
		_, err = f.Write(k.data)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), k.path)
	}
	return err
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
