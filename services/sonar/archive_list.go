package sonar

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/tasks/prompts"
)

// files are those of sessions, the one used last first.
func (a *Archive) files() ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(a.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && strings.HasSuffix(e.Name(), ".jsonl") {
			all = append(all, info)
		}
	}
	slices.SortFunc(all, func(x, y fs.FileInfo) int {
		return cmp.Or(y.ModTime().Compare(x.ModTime()), cmp.Compare(x.Name(), y.Name()))
	})
	return all, err
}

// Prune drops what is too old or too much.
func (a *Archive) Prune() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.prune()
}

func (a *Archive) prune() error {
	all, err := a.files()
	total := int64(0)
	for _, info := range all {
		total += info.Size()
		if a.now().Sub(info.ModTime()) > a.MaxAge || total > a.MaxBytes {
			err = errors.Join(err, os.Remove(filepath.Join(a.Dir, info.Name())))
		}
	}
	return err
}

// List returns the conversations, the one used last first.
func (a *Archive) List() ([]SessionInfo, error) {
	all, err := a.files()
	list := []SessionInfo{}
	for _, info := range all {
		es, readErr := read(filepath.Join(a.Dir, info.Name()))
		err = errors.Join(err, readErr)
		if len(es) == 0 || a.now().Sub(es[len(es)-1].At) > a.MaxAge {
			continue
		}
		list = append(list, SessionInfo{es[0].Session, es[0].Remote, es[0].At, es[len(es)-1].At, len(es), info.Size(), notes.Clip(prompts.Visible(strings.Join(strings.Fields(es[0].Question), " ")), shownQuestion)})
	}
	return list, err
}

// ErrNoSession reports that no conversation has that id.
var ErrNoSession = errors.New("no such session")

// Show returns the exchanges of a session, oldest first.
func (a *Archive) Show(id string) ([]Exchange, error) {
	here, err := read(a.path(id, false))
	away, awayErr := read(a.path(id, true))
	all := append(here, away...)
	slices.SortStableFunc(all, func(x, y Exchange) int { return x.At.Compare(y.At) })
	if err = errors.Join(err, awayErr); err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: %q", ErrNoSession, notes.Clip(id, shownQuestion))
	}
	return all, err
}

// Remove removes a session.
func (a *Archive) Remove(id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	removed := false
	for _, remote := range []bool{false, true} {
		err := os.Remove(a.path(id, remote))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		removed = removed || err == nil
	}
	if !removed {
		return fmt.Errorf("%w: %q", ErrNoSession, notes.Clip(id, shownQuestion))
	}
	return nil
}

// RemoveAll removes all sessions, and returns how many there were.
func (a *Archive) RemoveAll() (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, err := a.files()
	for _, info := range all {
		err = errors.Join(err, os.Remove(filepath.Join(a.Dir, info.Name())))
	}
	return len(all), err
}
