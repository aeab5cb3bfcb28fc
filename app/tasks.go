package app

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"amalfa/tasks/queue"
)

// A TaskItem is one task of the workspace. Report is the path of its report in the workspace, nil while there is none.
type TaskItem struct {
	ID     string    `json:"id"`
	Type   string    `json:"type"`
	State  string    `json:"state"`
	Report *string   `json:"report"`
	Since  time.Time `json:"since"` // it was added, or has ended
	Seen   bool      `json:"seen"`  // its report was shown
}

// A NewTask is one to be added.
type NewTask = queue.Task

// TaskTypes are the words that a task's type takes.
func TaskTypes() []string { return queue.Types() }

// agentDir is where the tasks of a workspace lie.
func (w *Workspace) agentDir() string { return filepath.Join(w.Folder.Dir(), "agent") }

// openTasks opens the tasks of this user. There may be none, or those of a stranger who made the folder: both are queue's errors.
func (w *Workspace) openTasks() (*queue.Queue, error) {
	if err := w.Folder.Check(); err != nil {
		return nil, err
	}
	q, err := queue.Open(w.agentDir(), w.checkOwner)
	if errors.Is(err, queue.ErrForeign) {
		err = WithHint(fmt.Errorf("%s: %w: they came with the folder, and none is worked on", w.Relative(w.agentDir()), err),
			"\"amalfa sonar task add\" sets them aside and begins anew; or remove the folder")
	}
	return q, err
}

// AddTask adds a task, and sets aside the tasks of a stranger that lie in its way.
func (w *Workspace) AddTask(t NewTask) (TaskItem, error) {
	if err := t.Check(); err != nil {
		return TaskItem{}, &UsageError{Message: err.Error(), Advice: "amalfa sonar task add --help"}
	}
	if _, err := os.Lstat(w.indexFile()); err != nil {
		return TaskItem{}, WithHint(errors.New("there are no notes to work over: this workspace has no index"), "run \"amalfa init\"")
	}
	q, err := w.makeTasks()
	if err != nil {
		return TaskItem{}, err
	}
	defer q.Close()
	id, err := q.Add(t)
	if err != nil {
		return TaskItem{}, err
	}
	i, err := q.Get(id)
	return newTaskItem(i), err
}

func (w *Workspace) makeTasks() (*queue.Queue, error) {
	if err := w.Writable(); err != nil {
		return nil, err
	}
	q, aside, err := queue.Make(w.agentDir(), w.checkOwner)
	if aside != "" {
		w.Notice("warning: %s held tasks that you did not add: set aside as %s", w.Relative(w.agentDir()), filepath.Base(aside))
	}
	return q, err
}

func newTaskItem(i queue.Item) TaskItem {
	out := TaskItem{ID: i.ID, Type: i.Type, State: i.State, Since: i.Since, Seen: i.Seen}
	if i.Report != "" {
		p := path.Join(".amalfa/agent", i.Report)
		out.Report = &p
	}
	return out
}

// Tasks are all tasks of the workspace.
func (w *Workspace) Tasks() ([]TaskItem, error) {
	all := []TaskItem{}
	q, err := w.openTasks()
	if errors.Is(err, queue.ErrNone) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	defer q.Close()
	items, err := q.List()
	for _, i := range items {
		all = append(all, newTaskItem(i))
	}
	return all, err
}

// withTask runs fn on the task that id means.
func (w *Workspace) withTask(id string, fn func(*queue.Queue, queue.Item) error) (TaskItem, error) {
	q, err := w.openTasks()
	if errors.Is(err, queue.ErrNone) {
		err = fmt.Errorf("%w: %s", queue.ErrNotFound, id)
	}
	if err != nil {
		return TaskItem{}, WithHint(err, "amalfa sonar task list")
	}
	defer q.Close()
	i, err := q.Get(id)
	if err != nil {
		return TaskItem{}, WithHint(err, "amalfa sonar task list")
	}
	if err := fn(q, i); err != nil {
		return newTaskItem(i), err
	}
	if now, err := q.Get(i.ID); err == nil {
		i = now
	}
	return newTaskItem(i), nil
}

// ShowTask returns a task and its report, or its own file where it has none.
func (w *Workspace) ShowTask(id string) (item TaskItem, text string, err error) {
	item, err = w.withTask(id, func(q *queue.Queue, i queue.Item) (err error) {
		if text, err = q.Read(i); err == nil {
			_ = q.MarkSeen(i) // it only keeps it from going last
		}
		return err
	})
	return item, text, err
}

// CancelTask ends a task.
func (w *Workspace) CancelTask(id string) (TaskItem, error) {
	return w.withTask(id, (*queue.Queue).Cancel)
}

// RetryTask lets a task that failed be worked on again.
func (w *Workspace) RetryTask(id string) (TaskItem, error) {
	return w.withTask(id, (*queue.Queue).Retry)
}
