package queue

import (
	"errors"
	"path"
	"slices"
	"time"
)

// A Keep bounds what is done: nothing is older than Age, and of more than Count tasks those go first that somebody has seen. One that nobody
// has seen stays until it is too old.
type Keep struct {
	Age   time.Duration // since the task has ended; 0 for no bound
	Count int           // 0 for no bound
}

const seenSuffix = ".seen"

// MarkSeen remembers that somebody has read what came of a task.
func (q *Queue) MarkSeen(i Item) error {
	if i.Report == "" || i.Seen {
		return nil
	}
	return q.write(path.Join(completed, i.ID+seenSuffix), nil)
}

// Prune removes what is beyond a bound, and returns how many tasks went.
func (q *Queue) Prune(k Keep) (gone int, err error) {
	items, err := q.in(completed) // oldest first by their files, and below by their ends
	if err != nil {
		return 0, err
	}
	slices.SortStableFunc(items, func(a, b Item) int { return a.Since.Compare(b.Since) })
	left := len(items)
	for _, i := range items {
		old := k.Age > 0 && q.now().Sub(i.Since) > k.Age
		if !old && !(k.Count > 0 && left > k.Count && i.Seen) {
			continue
		}
		if e := q.forget(i.ID); e != nil {
			err = errors.Join(err, e)
			continue
		}
		left--
		gone++
	}
	return gone, err
}

// forget removes all files of a task that is done. A process that ends in the middle leaves one that goes the next time.
func (q *Queue) forget(id string) error {
	base := path.Join(completed, id)
	return q.remove(base+reportSuffix, base+failedSuffix, base+taskSuffix, base+seenSuffix)
}
