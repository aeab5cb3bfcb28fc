package queue

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"amalfa/edit"

	"github.com/fsnotify/fsnotify"
	"github.com/gofrs/flock"
	"go.uber.org/zap"
)

// A Worker does the tasks of a queue, one at a time.
type Worker struct {
	Queue *Queue
	// Do works on a task and changes nothing.
	Do func(context.Context, Task) (Outcome, error)
	// Apply makes changes of notes, once for each key, whatever an earlier call with it came to.
	Apply func(ctx context.Context, key string, changes []edit.FileChange) error
	Limit func(Task) time.Duration // nil, and 0, for DefaultLimit
	Ends  Keep                     // of what is done
	// Schedules are added when they are due, as far as Permit, where there is one, does not refuse them.
	Schedules []Schedule
	Permit    func(Task) error
	Ended     func(t Task, id string, failed error) // nil: nobody is told
	Log       *zap.Logger

	mu      sync.Mutex
	running string // id
	stop    context.CancelCauseFunc
}

// DefaultLimit is how long a task may take. The earlier system's tasks of content had five minutes, without a model on this machine.
const DefaultLimit = 15 * time.Minute

var (
	errCancelled = errors.New(cancelled)
	errTimeLimit = errors.New("it took too long")
)

const (
	lockRetry = 2 * time.Second // another process works: it may end
	rescan    = 5 * time.Second // where the system tells nothing of changes
	// lookAtClock is how often the clock is looked at: a timer does not run while a machine sleeps, and knows nothing of a clock that is set.
	lookAtClock = 30 * time.Second
)

// Run works until ctx ends. Where another process works on the same folder it waits for that one's end.
func (w *Worker) Run(ctx context.Context) error {
	lock := flock.New(filepath.Join(w.Queue.dir, lockFile), flock.SetPermissions(0o600))
	defer lock.Close()
	if ok, err := lock.TryLockContext(ctx, lockRetry); !ok {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("lock tasks: %w", err)
	}
	if err := w.Queue.sweep(); err != nil {
		w.Log.Warn("Leftovers of tasks cannot be removed", zap.Error(err))
	}
	wake, end := w.watch()
	defer end()
	pruned := false
	for ctx.Err() == nil {
		if err := w.Queue.AddDue(w.Schedules, w.Permit); err != nil {
			return err
		}
		if !pruned {
			pruned = true
			w.prune() // what was added before is known up to here
		}
		j, ok, again, err := w.Queue.next()
		if err != nil {
			return err
		}
		if ok {
			if err := w.one(ctx, j); err != nil {
				return err
			}
			w.prune()
			continue
		}
		select {
		case <-wake:
		case <-w.timer(again, wake == nil):
		case <-ctx.Done():
		}
	}
	return nil
}

// timer is when the folder is looked at again although nothing has come; nil for never.
func (w *Worker) timer(again time.Duration, blind bool) <-chan time.Time {
	if blind {
		again = rescan
	}
	if len(w.Schedules) > 0 && (again == 0 || again > lookAtClock) {
		again = lookAtClock
	}
	if again == 0 {
		return nil
	}
	return time.After(again)
}

func (w *Worker) prune() {
	gone, err := w.Queue.Prune(w.Ends)
	if err != nil {
		w.Log.Warn("Old reports of tasks cannot be removed", zap.Error(err))
	}
	if gone > 0 {
		w.Log.Info("Old reports of tasks were removed", zap.Int("tasks", gone))
	}
}

// watch tells of new files, and ends the work of a task that was cancelled.
func (w *Worker) watch() (wake <-chan struct{}, end func()) {
	events, err := fsnotify.NewBufferedWatcher(64)
	if err == nil {
		err = errors.Join(events.Add(filepath.Join(w.Queue.dir, pending)), events.Add(filepath.Join(w.Queue.dir, processing)))
	}
	if err != nil {
		w.Log.Warn("The folder of tasks is looked at every few seconds, since it cannot be watched", zap.Error(err))
		if events != nil {
			events.Close()
		}
		return nil, func() {}
	}
	signal, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(done)
		for e := range events.Events {
			if id, ok := strings.CutSuffix(filepath.Base(e.Name), ".cancel"); ok && e.Has(fsnotify.Create) {
				w.cancel(id)
				continue
			}
			select {
			case signal <- struct{}{}:
			default:
			}
		}
	}()
	return signal, func() { events.Close(); <-done }
}

func (w *Worker) cancel(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running == id && w.stop != nil {
		w.stop(errCancelled)
	}
}

// one brings one task to its end, or gives it back when ctx ends. An error is one of the folder.
func (w *Worker) one(ctx context.Context, j job) error {
	q, began := w.Queue, time.Now()
	if q.reported(j) {
		return q.settle(j)
	}
	o, known := q.outcome(j)
	err := q.begin(&j, known)
	if err == nil && !known {
		o, err = w.work(ctx, j)
		o.Seconds = time.Since(began).Seconds()
		if ctx.Err() != nil && err != nil {
			w.Log.Info("A task waits again", zap.String("id", j.id))
			return q.giveBack(j)
		}
		if err == nil {
			o.Key = fmt.Sprintf("sonar task %s (%s)", j.id, strings.ToLower(rand.Text()[:8]))
			err = q.keep(j, o)
		}
	}
	applies := j.task.AutoApply && len(o.Changes) > 0
	if err == nil && applies {
		err = w.Apply(context.WithoutCancel(ctx), o.Key, o.Changes)
	}
	w.Log.Info("A task has ended", zap.String("id", j.id), zap.String("type", j.task.Type), zap.Float64("seconds", time.Since(began).Seconds()), zap.Error(err))
	if err != nil {
		err2 := q.end(j, failedSuffix, failure(j.task, q.now(), time.Since(began).Seconds(), o.Routing, err))
		w.tell(j, err)
		return err2
	}
	err = q.end(j, reportSuffix, report(j.task, o, q.now(), applies))
	w.tell(j, nil)
	return err
}

func (w *Worker) tell(j job, failed error) {
	if w.Ended != nil && j.task.Notifies() && !errors.Is(failed, errCancelled) {
		w.Ended(j.task, j.id, failed)
	}
}

// work does a task within its time, and ends when it is cancelled. A panic is the task's failure, and not that of the service.
func (w *Worker) work(ctx context.Context, j job) (o Outcome, err error) {
	limit := DefaultLimit
	if w.Limit != nil {
		limit = cmp.Or(w.Limit(j.task), limit)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, end := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: more than %s", errTimeLimit, limit))
	defer end()
	w.mu.Lock()
	w.running, w.stop = j.id, cancel
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.running, w.stop = "", nil
		w.mu.Unlock()
		if r := recover(); r != nil {
			w.Log.Error("A task panicked", zap.String("id", j.id), zap.Any("panic", r), zap.ByteString("stack", debug.Stack()))
			err = errors.New("amalfa has a fault that this task met; the log of sonar has it")
		}
	}()
	if w.Queue.has(j.file(".cancel")) { // it came before anybody looked for it
		return o, errCancelled
	}
	o, err = w.Do(ctx, j.task)
	if cause := context.Cause(ctx); err != nil && (errors.Is(cause, errCancelled) || errors.Is(cause, errTimeLimit)) {
		err = cause
	}
	return o, err
}
