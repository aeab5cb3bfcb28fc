package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// The states of a task.
const (
	Pending    = "pending"
	Processing = "processing"
	Completed  = "completed"
	Failed     = "failed"
)

const (
	taskSuffix   = ".json"
	reportSuffix = "-report.md"
	failedSuffix = "-FAILED.md"
)

// ErrNotFound reports an id that no task has; ErrState a task that is not in the state for what was asked.
var (
	ErrNotFound = errors.New("no such task")
	ErrState    = errors.New("the task")
)

// An Item is one task of the folder.
type Item struct {
	ID     string
	Type   string // "" where the file is no task
	State  string
	Report string // path below the agent's folder; "" where there is none
	Since  time.Time
	Seen   bool // somebody has read the report
}

// List returns all tasks: those that wait, the oldest first, what is worked on, what is done, the newest first.
func (q *Queue) List() ([]Item, error) {
	var all []Item
	for _, dir := range []string{pending, processing, completed} {
		items, err := q.in(dir)
		if err != nil {
			return nil, err
		}
		if dir == completed {
			slices.Reverse(items)
		}
		all = append(all, items...)
	}
	return all, nil
}

// in are the tasks of one folder, oldest first. What is no regular file, and what is not whole yet, is none.
func (q *Queue) in(dir string) ([]Item, error) {
	entries, err := fs.ReadDir(q.root.FS(), dir)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	var items []Item
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), taskSuffix)
		if !ok || !e.Type().IsRegular() || strings.HasPrefix(id, ".") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it went meanwhile
		}
		items = append(items, q.item(dir, id, info.ModTime()))
	}
	slices.SortStableFunc(items, func(a, b Item) int { return a.Since.Compare(b.Since) })
	return items, nil
}

func (q *Queue) item(dir, id string, since time.Time) Item {
	i := Item{ID: id, State: path.Base(dir), Since: since}
	if data, err := q.read(path.Join(dir, id+taskSuffix), maxFile); err == nil {
		t, _ := Parse(data)
		i.Type = t.Type
	}
	if dir != completed {
		return i
	}
	i.State, i.Seen = Failed, q.has(path.Join(completed, id+seenSuffix))
	if info, err := q.root.Lstat(path.Join(completed, id+failedSuffix)); err == nil {
		i.Report, i.Since = path.Join(completed, id+failedSuffix), info.ModTime()
	}
	if info, err := q.root.Lstat(path.Join(completed, id+reportSuffix)); err == nil {
		i.State, i.Report, i.Since = Completed, path.Join(completed, id+reportSuffix), info.ModTime()
	}
	return i
}

// Get returns one task by its id, or by the beginning of one that no other begins with.
func (q *Queue) Get(id string) (Item, error) {
	all, err := q.List()
	if err != nil {
		return Item{}, err
	}
	var found []Item
	for _, i := range all {
		if i.ID == id {
			return i, nil
		}
		if id != "" && strings.HasPrefix(i.ID, id) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 0:
		return Item{}, fmt.Errorf("%w: %s", ErrNotFound, id)
	case 1:
		return found[0], nil
	}
	return Item{}, fmt.Errorf("%w: %s is the beginning of %d tasks", ErrNotFound, id, len(found))
}

// maxReport bounds what is read of a report, in bytes.
const maxReport = 16 << 20

// Read returns the report of a task, or the task's own file where it has none.
func (q *Queue) Read(i Item) (string, error) {
	name := i.Report
	if name == "" {
		name = path.Join("tasks", i.State, i.ID+taskSuffix)
		if i.State == Failed {
			name = path.Join(completed, i.ID+taskSuffix)
		}
	}
	data, err := q.read(name, maxReport)
	if err != nil {
		return "", fmt.Errorf("read task %s: %w", i.ID, err)
	}
	return string(data), nil
}
