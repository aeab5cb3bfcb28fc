package people

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/natefinch/atomic"
)

// A Folder keeps people's tokens in tokens.json (0600), with the SHA-256 of each, never the token, and their writes in audit.jsonl (see
// Log). Every process of the user shares it.
type Folder struct {
	path string // of tokens.json
	log  log

	mu   sync.Mutex
	seen fs.FileInfo // of the file that all is of
	all  []Token
}

var _ Store = (*Folder)(nil)

// NewFolder opens nothing; a folder that is not there holds none.
func NewFolder(dir string) *Folder {
	return &Folder{path: filepath.Join(dir, "tokens.json"), log: log{filepath.Join(dir, "audit.jsonl"), maxLog, keptLogs}}
}

// Close does nothing: no file is kept open.
func (f *Folder) Close() error { return nil }

// maxFile bounds what is read of the file: some 10,000 tokens.
const maxFile = 4 << 20

// List implements Store.
func (f *Folder) List(context.Context) ([]Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.load()
}

// Asks implements Store.
func (f *Folder) Asks(ctx context.Context, _ string) (bool, error) {
	all, err := f.List(ctx)
	return len(all) > 0, err
}

// load reads the file again where it is another one than before.
func (f *Folder) load() ([]Token, error) {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.seen, f.all = nil, nil
		return nil, nil
	case err != nil:
		return nil, err
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s is larger than %d bytes", f.path, maxFile)
	case f.seen != nil && os.SameFile(f.seen, info) && f.seen.ModTime().Equal(info.ModTime()) && f.seen.Size() == info.Size():
		return f.all, nil
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return nil, err
	}
	var all []Token
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path, err)
	}
	f.seen, f.all = info, all
	return all, nil
}

// Create implements Store.
func (f *Folder) Create(ctx context.Context, t Token) error {
	if err := CheckName(t.Name); err != nil {
		return err
	}
	return f.change(ctx, func(all []Token) ([]Token, error) {
		for i := range all {
			switch o := &all[i]; {
			case o.Name != t.Name || o.Revoked != nil:
			case o.Counts(t.Created):
				return nil, fmt.Errorf("%w: %s", ErrExists, t.Name)
			default:
				o.Revoked = o.Expires // a name has one token at a time
			}
		}
		return append(all, t), nil
	})
}

// Revoke implements Store.
func (f *Folder) Revoke(ctx context.Context, name string, now time.Time) error {
	return f.change(ctx, func(all []Token) ([]Token, error) {
		i := slices.IndexFunc(all, func(t Token) bool { return t.Name == name && t.Revoked == nil })
		if i < 0 {
			return nil, fmt.Errorf("%w that is not revoked: %.100s", ErrUnknown, name)
		}
		at := now.UTC().Truncate(time.Second)
		all[i].Revoked = &at
		return all, nil
	})
}

// Used implements Store.
func (f *Folder) Used(ctx context.Context, hash string, now time.Time) error {
	return f.change(ctx, func(all []Token) ([]Token, error) {
		i := slices.IndexFunc(all, func(t Token) bool { return t.Hash == hash })
		if i < 0 || all[i].Used != nil && now.Sub(*all[i].Used) < UsedWithin {
			return nil, nil
		}
		at := now.UTC().Truncate(time.Second)
		all[i].Used = &at
		return all, nil
	})
}

// Find implements Store. Every token is looked at, whichever it is.
func (f *Folder) Find(_ context.Context, hash string, _ []string, now time.Time) (found Token, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.load()
	if err != nil {
		return found, err
	}
	err = ErrUnknown
	for _, t := range all {
		if same := subtle.ConstantTimeCompare([]byte(hash), []byte(t.Hash)) == 1; same && t.Counts(now) {
			found, err = t, nil
		}
	}
	return found, err
}

// change replaces the file under a lock. A do that returns nothing leaves it.
func (f *Folder) change(ctx context.Context, do func([]Token) ([]Token, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	unlock, err := lock(ctx, f.path)
	if err != nil {
		return err
	}
	defer unlock()
	f.seen = nil
	all, err := f.load()
	if err != nil {
		return err
	}
	if all, err = do(slices.Clone(all)); err != nil || all == nil {
		return err
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	f.seen = nil
	if err := atomic.WriteFile(f.path, bytes.NewReader(append(data, '\n'))); err != nil {
		return err
	}
	return os.Chmod(f.path, 0o600)
}

// lock waits until no other process changes a file, and makes its folder.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	l := flock.New(path+".lock", flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = l.Close() }, nil
}
