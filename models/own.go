package models

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"amalfa/models/pinned"
)

// verifyFolder returns the files of v in dir when all are there and have their digests.
func verifyFolder(m Model, v variant, dir string) (Files, error) {
	paths, sums := make([]string, len(v.files)), make([]string, len(v.files))
	for i, f := range v.files {
		paths[i] = filepath.Join(dir, f.name)
		if _, err := os.Stat(paths[i]); err != nil {
			return Files{}, err
		}
	}
	want, err := expected(dir, v)
	if err != nil {
		return Files{}, err
	}
	for i := range v.files {
		if err := pinned.Check(paths[i], want[i].SHA256); err != nil {
			return Files{}, err
		}
		sums[i] = want[i].SHA256
	}
	return located(m, v, paths, sums), nil
}

// findEmbedded expands v into the cache when the binary carries all of it. An error is one of the disk.
func (l *Locator) findEmbedded(m Model, v variant) (Files, bool, error) {
	dir, list, ok := embedded()
	if !ok {
		return Files{}, false, nil
	}
	return l.expandModel(dir, list, m, v)
}

func (l *Locator) expandModel(from fs.FS, list Assets, m Model, v variant) (Files, bool, error) {
	has := func(f remote) bool { _, ok := list.find(f.sha256); return ok }
	if slices.ContainsFunc(v.files, func(f remote) bool { return !has(f) }) {
		return Files{}, false, nil
	}
	dst, release, err := l.expandDir(folder(m, v))
	if err != nil {
		return Files{}, false, err
	}
	defer release()
	if f, err := verifyFolder(m, v, dst); err == nil {
		return f, true, nil // another process was faster
	}
	paths, sums := make([]string, len(v.files)), make([]string, len(v.files))
	for i, f := range v.files {
		a, _ := list.find(f.sha256)
		paths[i], sums[i] = filepath.Join(dst, f.name), f.sha256
		if err := a.Expand(from, paths[i], 0o600); err != nil { // verifies what it writes
			return Files{}, false, err
		}
	}
	return located(m, v, paths, sums), true, nil
}
