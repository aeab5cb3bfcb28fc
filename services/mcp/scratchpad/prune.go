package scratchpad

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// List returns the entries that are still young enough, newest first.
func (p *Pad) List() ([]Entry, error) {
	root, err := os.OpenRoot(p.o.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return []Entry{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open scratchpad: %w", err)
	}
	defer root.Close()
	files, err := scan(root)
	if err != nil {
		return nil, fmt.Errorf("list scratchpad: %w", err)
	}
	list := []Entry{}
	for _, f := range files {
		if e, ok := readHeader(root, f.name); ok && !p.expired(f) {
			list = append(list, e)
		}
	}
	return list, nil
}

// readHeader reads the describing line alone; a file that is not ours is passed over.
func readHeader(root *os.Root, name string) (e Entry, ok bool) {
	f, err := root.Open(name)
	if err != nil {
		return e, false
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, maxHeader)).ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &e) != nil {
		return Entry{}, false
	}
	return e, e.ID+suffix == name
}

// file is what pruning looks at. The file's own time counts, so that a rewritten entry is young again.
type file struct {
	name  string
	bytes int64
	time  time.Time
}

// scan lists our files, newest first. Leftovers of a killed process count as ours.
func scan(root *os.Root) ([]file, error) {
	dir, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var files []file
	for _, d := range dir {
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || !isEntryFile(d.Name()) {
			continue
		}
		files = append(files, file{d.Name(), info.Size(), info.ModTime()})
	}
	slices.SortFunc(files, func(a, b file) int {
		if c := b.time.Compare(a.time); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	return files, nil
}

func isEntryFile(name string) bool {
	id, rest, _ := strings.Cut(name, ".")
	return idForm.MatchString(id) && (rest == "txt" || strings.HasSuffix(rest, ".tmp"))
}

// prune removes what is too old, then the oldest until the rest is few and small enough. keep stays.
func (p *Pad) prune(root *os.Root, keep string) error {
	files, err := scan(root)
	if err != nil {
		return fmt.Errorf("prune scratchpad: %w", err)
	}
	files = slices.DeleteFunc(files, func(f file) bool { return f.name == keep+suffix })
	total, count := p.sizeOf(root, keep), 1
	var errs []error
	for _, f := range files {
		if !p.expired(f) && count < p.o.MaxFiles && total+f.bytes <= p.o.MaxBytes {
			total, count = total+f.bytes, count+1
			continue
		}
		errs = append(errs, ignoreAbsent(root.Remove(f.name)))
	}
	return errors.Join(errs...)
}

func (p *Pad) sizeOf(root *os.Root, id string) int64 {
	info, err := root.Lstat(id + suffix)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (p *Pad) expired(f file) bool { return p.o.Now().Sub(f.time) > p.o.MaxAge }
