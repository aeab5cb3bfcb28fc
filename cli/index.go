package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// Known indexes. A cloned folder may bring a database made by a stranger; only
// one whose random stamp this user's state folder holds is ever read.

func (s *session) stampPath(stamp string) string {
	return filepath.Join(s.places.State, "known", digestName(stamp))
}

func (s *session) knows(stamp string) bool {
	_, err := os.Stat(s.stampPath(stamp))
	return stamp != "" && err == nil
}

func (s *session) remember(stamp string) error {
	path := s.stampPath(stamp)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(s.ws.Root+"\n"), 0o600)
}

// errStranger reports an index that this user did not make on this machine.
var errStranger = fmt.Errorf("%w: the one there was made by another user or on another machine", store.ErrNoIndex)

// vouch refuses a stranger's index before anything of it is used.
func (s *session) vouch(stamp string, created bool) error {
	switch {
	case created:
		return s.remember(stamp)
	case !s.knows(stamp):
		return errStranger
	}
	return nil
}

// readIndex opens the index for reading. It returns store.ErrNoIndex when there
// is none, or one that this user did not make.
func (s *session) readIndex(ctx context.Context) (*store.SQLite, error) {
	if err := s.ws.Check(); err != nil {
		return nil, err
	}
	return store.Open(ctx, s.ws.DB(), store.Options{ReadOnly: true, Stamp: s.vouch})
}

// withIndex opens the workspace and its index, and closes it after fn.
func (a *app) withIndex(ctx context.Context, c *cli.Command, fn func(*session, *store.SQLite) error) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	st, err := s.readIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return fn(s, st)
}

// writeIndex opens the index for writing, and makes it where there is none. A
// stranger's is set aside, and so is one that cannot be read if rebuild allows it.
func (s *session) writeIndex(ctx context.Context, rebuild bool) (*store.SQLite, error) {
	if err := s.writable(ctx); err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, s.ws.DB(), store.Options{Stamp: s.vouch})
	switch {
	case errors.Is(err, errStranger):
		return s.startOver(ctx, "was not made by you")
	case rebuild && (errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrNewer)):
		return s.startOver(ctx, "could not be read")
	}
	return st, err
}

// startOver sets the old index aside, whole, and makes a new one.
func (s *session) startOver(ctx context.Context, why string) (*store.SQLite, error) {
	aside, err := s.setAside()
	if err != nil {
		return nil, err
	}
	s.note("warning: the index %s: set aside as %s, building a new one", why, s.relative(aside))
	return store.Open(ctx, s.ws.DB(), store.Options{Stamp: s.vouch})
}

// setAside moves the index out of the way, if there is one, and returns where it lies.
func (s *session) setAside() (string, error) {
	aside := s.ws.DB() + ".aside-" + time.Now().UTC().Format("20060102T150405.000000000")
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(s.ws.DB()+end, aside+end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("set the old index aside: %w", err)
		}
	}
	return aside, nil
}
