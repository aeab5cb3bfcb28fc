package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Status is one catalogue model in one precision, as `amalfa models list` shows it.
type Status struct {
	Model     Model
	Precision string
	// Path is the folder in our cache that holds its files, "" when they are not all there. Nothing was verified.
	Path string
	// Embedded says that the binary carries it.
	Embedded bool
	// Bytes is what its folder takes on disk, also when it is incomplete.
	Bytes int64
}

// List returns every model of the catalogue in each of its precisions, without verifying or fetching anything.
func (l *Locator) List() []Status {
	_, list, _ := embedded()
	var out []Status
	for _, m := range all() {
		for _, precision := range m.Precisions() {
			v, _ := m.variant(precision)
			s := Status{Model: m, Precision: precision, Embedded: carries(list, v)}
			for _, root := range l.readable(new(search), "") {
				dir := filepath.Join(root, folder(m, v))
				s.Bytes += folderSize(dir)
				if s.Path == "" && complete(dir, v) {
					s.Path = dir
				}
			}
			out = append(out, s)
		}
	}
	return out
}

func carries(list Assets, v variant) bool {
	for _, f := range v.files {
		if _, ok := list.find(f.sha256); !ok {
			return false
		}
	}
	return true
}

func complete(dir string, v variant) bool {
	for _, f := range v.files {
		if info, err := os.Stat(filepath.Join(dir, f.name)); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	_, err := expected(dir, v)
	return err == nil
}

func folderSize(dir string) int64 {
	var sum int64
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
	}
	return sum
}

// Pull fetches a catalogue model into our cache unless it is on this machine and right. Errors are Model's;
// a name that is not in the catalogue is ErrUnknown.
func (l *Locator) Pull(ctx context.Context, name, precision string) (Files, error) {
	if _, ok := Lookup(name); !ok {
		return Files{}, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	return l.Model(ctx, name, precision)
}

// Verify reads every byte of a model that is on this machine, with no network. Errors: ErrMissing,
// pinned.ErrMismatch for one that is here but wrong.
func (l *Locator) Verify(name, precision string) (Files, error) {
	return l.Find(name, precision)
}

// Path returns the folder of a model that is on this machine, verified, with no network.
func (l *Locator) Path(name, precision string) (string, error) {
	f, err := l.Find(name, precision)
	if err != nil {
		return "", err
	}
	return filepath.Dir(f.ModelPath), nil
}

// Remove deletes a catalogue model from our cache, in all precisions or only in the one that is not "", with its
// unfinished downloads. It returns how many bytes that freed. Other programs' caches are not touched.
func (l *Locator) Remove(ctx context.Context, name, precision string) (freed int64, err error) {
	m, ok := Lookup(name)
	if !ok {
		return 0, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	for _, root := range l.readable(new(search), "") {
		parent := filepath.Join(root, "models", slug(m.Name))
		entries, err := os.ReadDir(parent)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return freed, err
		}
		for _, e := range entries {
			if !e.IsDir() || precision != "" && !isForm(e.Name(), precision) {
				continue
			}
			n, err := removeLocked(ctx, filepath.Join(parent, e.Name()))
			freed += n
			if err != nil {
				return freed, err
			}
		}
	}
	return freed, nil
}

// isForm tells a variant's folder by the precision its name starts with.
func isForm(folder, precision string) bool {
	return len(folder) > len(precision) && folder[:len(precision)+1] == precision+"-"
}

// removeLocked waits for a download in progress. The lock file stays: a process that waits for it has it open.
func removeLocked(ctx context.Context, dir string) (int64, error) {
	release, err := lock(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer release()
	size := folderSize(dir)
	return size, os.RemoveAll(dir)
}
