package queue

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"amalfa/notes/files"
)

// Folders below the agent's own.
const (
	pending    = "tasks/pending"
	processing = "tasks/processing"
	completed  = "tasks/completed"
	stampFile  = "stamp"
	lockFile   = "worker.lock"
)

// Errors of opening.
var (
	ErrNone    = errors.New("no tasks were added here")
	ErrForeign = errors.New("the tasks there are not this user's")
)

// A Queue is the folder of tasks of one workspace. Safe for concurrent use, by several processes too.
type Queue struct {
	root *os.Root
	dir  string
	now  func() time.Time
}

// An Owner is asked whether a folder with that stamp is this user's. One that was made just now is remembered.
type Owner func(stamp string, created bool) error

// Open opens the folder dir, which is .amalfa/agent. It returns ErrNone where there is none and ErrForeign for one that owner does not know:
// whoever wrote that folder must not have us work.
func Open(dir string, owner Owner) (*Queue, error) {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNone
	case err != nil:
		return nil, fmt.Errorf("open tasks: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("open tasks: %w: %s is no folder", ErrForeign, dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open tasks: %w", err)
	}
	q := &Queue{root, dir, time.Now}
	if err := q.own(owner); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return q, nil
}

// own refuses a folder of others, and one whose parts are links.
func (q *Queue) own(owner Owner) error {
	stamp, err := q.read(stampFile, 256)
	if err != nil || owner(string(bytes.TrimSpace(stamp)), false) != nil {
		return ErrForeign
	}
	for _, dir := range []string{"tasks", pending, processing, completed} {
		if err := q.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("open tasks: %w", err)
		}
		if info, err := q.root.Lstat(dir); err != nil || !info.IsDir() {
			return fmt.Errorf("open tasks: %s in %s is no folder: remove it", dir, q.dir)
		}
	}
	return nil
}

// Make opens the folder and makes it where there is none. One that is not this user's is set aside under another name, which is
// returned.
func Make(dir string, owner Owner) (q *Queue, aside string, err error) {
	q, err = Open(dir, owner)
	if err == nil {
		return q, "", nil
	}
	if errors.Is(err, ErrForeign) {
		aside = dir + ".foreign-" + rand.Text()[:8]
		if err := os.Rename(dir, aside); err != nil {
			return nil, "", fmt.Errorf("set tasks of others aside: %w", err)
		}
	} else if !errors.Is(err, ErrNone) {
		return nil, "", err
	}
	if err := create(dir, owner); err != nil {
		return nil, aside, err
	}
	q, err = Open(dir, owner)
	return q, aside, err
}

// create makes the folder whole and puts it in its place with one rename: of two processes that do so at once, one wins.
func create(dir string, owner Owner) error {
	fresh := dir + ".new-" + rand.Text()[:8]
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return fmt.Errorf("make tasks: %w", err)
	}
	defer os.RemoveAll(fresh)
	stamp := rand.Text()
	if err := os.WriteFile(filepath.Join(fresh, stampFile), []byte(stamp+"\n"), 0o600); err != nil {
		return fmt.Errorf("make tasks: %w", err)
	}
	if err := owner(stamp, true); err != nil {
		return fmt.Errorf("remember tasks: %w", err)
	}
	err := os.Rename(fresh, dir)
	if _, there := os.Lstat(filepath.Join(dir, stampFile)); there == nil {
		return nil
	}
	return err
}

// Close lets the folder go.
func (q *Queue) Close() error { return q.root.Close() }

// read reads a regular file of the folder that is no link.
func (q *Queue) read(name string, limit int64) ([]byte, error) {
	f, _, err := files.OpenNoLink(q.root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = files.ErrTooLarge
	}
	return data, err
}

// tempPrefix begins the names of files that are not whole yet.
const tempPrefix = ".tmp-"

// write makes or replaces a file as a whole, and returns once it is on disk.
func (q *Queue) write(name string, data []byte) error {
	temp := path.Join(path.Dir(name), tempPrefix+rand.Text())
	f, err := q.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = q.move(temp, name)
	}
	if err != nil {
		_ = q.root.Remove(temp)
	}
	return err
}

// move renames, for good.
func (q *Queue) move(from, to string) error {
	if err := q.root.Rename(from, to); err != nil {
		return err
	}
	for _, dir := range []string{path.Dir(to), path.Dir(from)} {
		if d, err := q.root.Open(dir); err == nil {
			_ = d.Sync() // where folders can be synced
			_ = d.Close()
		}
	}
	return nil
}

// remove removes what may be gone already.
func (q *Queue) remove(names ...string) error {
	var all error
	for _, name := range names {
		if err := q.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

func (q *Queue) has(name string) bool {
	_, err := q.root.Lstat(name)
	return err == nil
}
