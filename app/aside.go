package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"amalfa/store/sqlite"
)

// An AsideIndex is an index that a new one took the place of: by `init --force`, by a restore, or because it was damaged or a
// stranger's. It is kept until somebody says otherwise, since its vectors may be the only ones.
type AsideIndex struct {
	Path  string    `json:"path"`
	Bytes int64     `json:"bytes"` // of the database with its log
	Since time.Time `json:"since"`

	files []string // in the folder of the index
}

// asideMark stands between the name of the index and the time at which it was set aside.
const asideMark = ".aside-"

// asideEnds are the ends of the names of an index's files: its log, its shared memory, and what was found wrong with it.
func asideEnds() []string { return []string{"", "-wal", "-shm", sqlite.DamagedEnd} }

// asideTime is how that time is written.
const asideTime = "20060102T150405.000000000"

// AsideIndexes lists them, the oldest first.
func (w *Workspace) AsideIndexes() ([]AsideIndex, error) {
	dir, err := os.OpenRoot(w.Folder.Dir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return nil, err
	}
	sets := map[string]*AsideIndex{}
	for _, e := range entries {
		_, stamp, ok := strings.Cut(e.Name(), ".db"+asideMark)
		info, err := e.Info()
		if !ok || err != nil || !info.Mode().IsRegular() {
			continue
		}
		for _, end := range asideEnds() {
			stamp = strings.TrimSuffix(stamp, end)
		}
		since, err := time.Parse(asideTime, stamp)
		if err != nil {
			continue // no name of ours
		}
		set := sets[stamp]
		if set == nil {
			set = &AsideIndex{Path: w.Folder.DB() + asideMark + stamp, Since: since}
			sets[stamp] = set
		}
		set.Bytes += info.Size()
		set.files = append(set.files, e.Name())
	}
	var out []AsideIndex
	for _, set := range sets {
		out = append(out, *set)
	}
	slices.SortFunc(out, func(a, b AsideIndex) int { return a.Since.Compare(b.Since) })
	return out, nil
}

// RemoveAside removes one for good.
func (w *Workspace) RemoveAside(a AsideIndex) error {
	dir, err := os.OpenRoot(w.Folder.Dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	for _, name := range a.files {
		if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", a.Path, err)
		}
	}
	return nil
}
