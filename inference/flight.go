package inference

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
)

// RunKey is the content address of what a model is given: its digest and the tokens.
type RunKey [sha256.Size]byte

// NewRunKey returns the address of tokens for the model with that digest.
func NewRunKey(digest string, ids []int64) RunKey {
	data := make([]byte, 0, len(digest)+8*len(ids))
	data = append(data, digest...)
	for _, id := range ids {
		data = binary.LittleEndian.AppendUint64(data, uint64(id))
	}
	return sha256.Sum256(data)
}

// A flight is the file that says which texts are being read. Safe for concurrent use.
type flight struct {
	file *os.File

	mu    sync.Mutex
	free  []int // slots
	slots int   // in use or free
}

// headBytes begin the file of what is being read: the PID that writes it. Slots of a RunKey each follow, zero where free.
const headBytes = sha256.Size

// newFlight begins an empty one at path.
func newFlight(path string) (*flight, error) {
	_ = os.Remove(path) // never written through a link
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	head := make([]byte, headBytes)
	binary.LittleEndian.PutUint64(head, uint64(os.Getpid()))
	if _, err = f.WriteAt(head, 0); err != nil {
		return nil, fmt.Errorf("quarantine: %w", errors.Join(err, f.Close()))
	}
	return &flight{file: f}, nil
}

func parseFlight(data []byte) (pid int, keys []RunKey) {
	if len(data) < headBytes {
		return 0, nil
	}
	pid = int(binary.LittleEndian.Uint64(data))
	for data = data[headBytes:]; len(data) >= sha256.Size; data = data[sha256.Size:] {
		if k := RunKey(data[:sha256.Size]); k != (RunKey{}) {
			keys = append(keys, k)
		}
	}
	return pid, keys
}

// enter notes that a run begins, and returns what notes its end. A disk that does not take that costs the note and nothing else.
func (f *flight) enter(key RunKey) (leave func()) {
	f.mu.Lock()
	slot := f.slots
	if n := len(f.free); n > 0 {
		slot, f.free = f.free[n-1], f.free[:n-1]
	} else {
		f.slots++
	}
	f.mu.Unlock()
	at := int64(headBytes + slot*sha256.Size)
	_, _ = f.file.WriteAt(key[:], at)
	return func() {
		_, _ = f.file.WriteAt(make([]byte, sha256.Size), at)
		f.mu.Lock()
		f.free = append(f.free, slot)
		f.mu.Unlock()
	}
}

func (f *flight) close() error { return errors.Join(f.file.Close(), os.Remove(f.file.Name())) }
