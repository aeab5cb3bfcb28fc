// Package access says who may ask a service that other machines reach: people by their tokens ([Tokens]), or by those of an issuer
// ([Issuer]), each so often ([Door]).
//
// On disk, in the state folder: tokens.json (0600) with the SHA-256 of each token, never the token; audit.jsonl, a line for each write.
package access

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/natefinch/atomic"
)

// All stands for every workspace.
const All = "*"

// prefix lets people, and scanners for secrets, tell what a token is of.
const prefix = "amalfa_"

// A Token is what is kept of one. 32 random bytes cannot be guessed, so a plain SHA-256 of them keeps them: a slow hash is for what
// people make up.
type Token struct {
	Name       string     `json:"name"`
	Hash       string     `json:"sha256"` // hex
	Write      bool       `json:"write"`
	Workspaces []string   `json:"workspaces"` // their folders, or All
	Created    time.Time  `json:"created"`
	Revoked    *time.Time `json:"revoked,omitempty"`
}

// Errors on which callers act.
var (
	ErrExists  = errors.New("there is a token of that name")
	ErrUnknown = errors.New("no token of that name")
	ErrName    = errors.New("not a name")
)

// Tokens are those of a file, which every process of the user shares. Safe for concurrent use.
type Tokens struct {
	path string

	mu   sync.Mutex
	seen fs.FileInfo // of the file that all is of
	all  []Token
}

// NewTokens opens nothing; a file that is not there holds none.
func NewTokens(path string) *Tokens { return &Tokens{path: path} }

// maxFile bounds what is read of the file: some 10,000 tokens.
const maxFile = 4 << 20

// List returns all, those that were revoked too, in the order in which they were made.
func (t *Tokens) List() ([]Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.load()
}

// load reads the file again where it is another one than before.
func (t *Tokens) load() ([]Token, error) {
	info, err := os.Stat(t.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.seen, t.all = nil, nil
		return nil, nil
	case err != nil:
		return nil, err
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s is larger than %d bytes", t.path, maxFile)
	case t.seen != nil && os.SameFile(t.seen, info) && t.seen.ModTime().Equal(info.ModTime()) && t.seen.Size() == info.Size():
		return t.all, nil
	}
	data, err := os.ReadFile(t.path)
	if err != nil {
		return nil, err
	}
	var all []Token
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.path, err)
	}
	t.seen, t.all = info, all
	return all, nil
}

// checkName takes what can stand in a line of a log.
func checkName(name string) error {
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@+", r))
	}) {
		return fmt.Errorf("%w: %.100q: want letters, digits and ._-@+, at most 100", ErrName, name)
	}
	return nil
}

// Create makes a token and returns it; it cannot be had again. ErrExists where the name has one that is not revoked.
func (t *Tokens) Create(ctx context.Context, name string, write bool, workspaces []string, now time.Time) (secret string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	secret = prefix + base64.RawURLEncoding.EncodeToString(random[:])
	err = t.change(ctx, func(all []Token) ([]Token, error) {
		if slices.ContainsFunc(all, func(o Token) bool { return o.Name == name && o.Revoked == nil }) {
			return nil, fmt.Errorf("%w: %s", ErrExists, name)
		}
		return append(all, Token{Name: name, Hash: hashOf(secret), Write: write, Workspaces: workspaces, Created: now.UTC().Truncate(time.Second)}), nil
	})
	return secret, err
}

// Revoke ends the token of a name, for running servers too.
func (t *Tokens) Revoke(ctx context.Context, name string, now time.Time) error {
	return t.change(ctx, func(all []Token) ([]Token, error) {
		for i := range all {
			if all[i].Name == name && all[i].Revoked == nil {
				at := now.UTC().Truncate(time.Second)
				all[i].Revoked = &at
				return all, nil
			}
		}
		return nil, fmt.Errorf("%w that is not revoked: %s", ErrUnknown, name)
	})
}

func (t *Tokens) change(ctx context.Context, do func([]Token) ([]Token, error)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(t.path), 0o700); err != nil {
		return err
	}
	lock := flock.New(t.path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", t.path, err)
	}
	defer func() { _ = lock.Close() }()
	t.seen = nil
	all, err := t.load()
	if err != nil {
		return err
	}
	if all, err = do(slices.Clone(all)); err != nil {
		return err
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	t.seen = nil
	if err := atomic.WriteFile(t.path, bytes.NewReader(append(data, '\n'))); err != nil {
		return err
	}
	return os.Chmod(t.path, 0o600)
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// find returns the token with a secret, for a workspace. Every one is looked at, whichever it is.
func (t *Tokens) find(secret, workspace string) (found Token, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, err := t.load()
	if err != nil {
		return found, false, err
	}
	given := []byte(hashOf(secret))
	for _, o := range all {
		same := subtle.ConstantTimeCompare(given, []byte(o.Hash)) == 1
		if same && o.Revoked == nil && (slices.Contains(o.Workspaces, All) || slices.Contains(o.Workspaces, workspace)) {
			found, ok = o, true
		}
	}
	return found, ok, nil
}
