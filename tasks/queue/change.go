package queue

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"amalfa/notes"
)

// Bounds on a folder: more tasks than that wait for nobody.
const (
	maxWaiting = 10_000
	maxID      = 100 // bytes
)

// ErrFull reports that too many tasks wait.
var ErrFull = errors.New("too many tasks wait already")

// Add adds a task and returns its id.
func (q *Queue) Add(t Task) (id string, err error) {
	id = fmt.Sprintf("%s-%s-%s", t.Type, q.now().UTC().Format("20060102-150405"), strings.ToLower(rand.Text()[:6]))
	return id, q.AddAs(id, t)
}

// AddAs adds a task under an id.
func (q *Queue) AddAs(id string, t Task) error {
	if err := t.Check(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(q.root.FS(), pending)
	if err != nil {
		return fmt.Errorf("add task: %w", err)
	}
	if len(entries) >= maxWaiting {
		return fmt.Errorf("%w: %d", ErrFull, len(entries))
	}
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := q.write(path.Join(pending, id+taskSuffix), append(data, '\n')); err != nil {
		return fmt.Errorf("add task: %w", err)
	}
	return nil
}

// Known tells whether a task of that id is anywhere.
func (q *Queue) Known(id string) bool {
	for _, dir := range []string{pending, processing, completed} {
		if q.has(path.Join(dir, id+taskSuffix)) {
			return true
		}
	}
	return false
}

const cancelled = "cancelled"

// Cancel ends a task. One that waits is done with; one that is worked on is told to end, which its worker does in a moment.
func (q *Queue) Cancel(i Item) error {
	switch i.State {
	case Pending:
		id := q.free(i.ID)
		if err := q.move(path.Join(pending, i.ID+taskSuffix), path.Join(completed, id+taskSuffix)); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%w %s is not waiting any more; cancel it again", ErrState, i.ID)
			}
			return fmt.Errorf("cancel task: %w", err)
		}
		return q.write(path.Join(completed, id+failedSuffix), failure(Task{Type: i.Type}, q.now(), 0, "", errors.New(cancelled)))
	case Processing:
		return q.write(path.Join(processing, i.ID+".cancel"), nil)
	}
	return fmt.Errorf("%w %s is %s already", ErrState, i.ID, i.State)
}

// Retry lets a task that failed be worked on again, and forgets its report.
func (q *Queue) Retry(i Item) error {
	if i.State != Failed {
		return fmt.Errorf("%w %s is %s: only one that failed is done again", ErrState, i.ID, i.State)
	}
	if q.has(path.Join(pending, i.ID+taskSuffix)) {
		return fmt.Errorf("%w %s waits already", ErrState, i.ID)
	}
	if err := q.remove(path.Join(completed, i.ID+failedSuffix), path.Join(completed, i.ID+seenSuffix)); err != nil {
		return fmt.Errorf("retry task: %w", err)
	}
	if err := q.move(path.Join(completed, i.ID+taskSuffix), path.Join(pending, i.ID+taskSuffix)); err != nil {
		return fmt.Errorf("retry task: %w", err)
	}
	return nil
}

// free is an id like the one given that nothing under work or done has. What no file should be called becomes a dash.
func (q *Queue) free(id string) string {
	id = strings.TrimLeft(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, strings.ToValidUTF8(id, "-")), ".-")
	id = notes.Clip(id, maxID)
	if id == "" {
		id = "task"
	}
	name := id
	for n := 2; q.taken(name); n++ {
		name = fmt.Sprintf("%s-%d", id, n)
	}
	return name
}

func (q *Queue) taken(id string) bool {
	for _, name := range []string{processing + "/" + id + taskSuffix, completed + "/" + id + taskSuffix, completed + "/" + id + reportSuffix, completed + "/" + id + failedSuffix} {
		if q.has(name) {
			return true
		}
	}
	return false
}
