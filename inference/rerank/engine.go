package rerank

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"amalfa/inference"
	"amalfa/models"
)

// Engine scores documents with one session: one pair a run, one thread in a
// run, a run per core. Requests take turns, a run each. Safe for concurrent use.
type Engine struct {
	o         inference.Options
	locate    inference.Locate
	lazy      *inference.Lazy[*loaded]
	queue     *inference.Queue
	admission *inference.Admission
	known     atomic.Pointer[Model]    // what was found last; nil before
	last      atomic.Pointer[lastLoad] // how that went; nil before
}

// NewEngine returns an engine that has nothing loaded yet. Close it after use. locate must not fetch what is not here: a
// request would have to wait for gigabytes.
func NewEngine(locate inference.Locate, o inference.Options) *Engine {
	o = o.WithDefaults()
	e := &Engine{
		o: o, locate: locate, queue: &inference.Queue{Workers: o.Workers},
		admission: &inference.Admission{Requests: o.Queue, Bytes: o.QueueBytes},
	}
	e.lazy = inference.NewLazy(inference.LazyOptions[*loaded]{Load: e.load, Idle: o.Idle, Log: o.Log})
	return e
}

func (e *Engine) load(ctx context.Context) (*loaded, error) {
	files, lib, err := e.locate(ctx)
	var l *loaded
	if err == nil {
		l, err = open(files, lib)
	}
	e.recordLoad(files, err)
	if err != nil {
		return nil, inference.LoadError(task, err)
	}
	e.known.Store(&l.model)
	return l, nil
}

// find returns what would be loaded, verified, without loading it.
func (e *Engine) find(ctx context.Context) (Model, error) {
	files, _, err := e.locate(ctx)
	e.recordLoad(files, err)
	if err != nil {
		return Model{}, inference.LoadError(task, err)
	}
	m := describe(files)
	e.known.Store(&m)
	return m, nil
}

// Describe returns what would be loaded, and looks for it once: reading gigabytes for each question about a name would be a
// way to keep the machine busy.
func (e *Engine) Describe(ctx context.Context) (Model, error) {
	if m := e.known.Load(); m != nil {
		return *m, nil
	}
	return e.find(ctx)
}

// Reload has the model looked for and loaded anew when it is next needed, since what it is has changed. Requests under way end with the one that
// they have.
func (e *Engine) Reload() {
	e.known.Store(nil)
	e.last.Store(nil)
	e.lazy.Reload()
}

// Observe calls told with the outcome of each load from now on, and of the last one at once.
func (e *Engine) Observe(told func(Model, error)) {
	e.lazy.Observe(func(l *loaded, err error) {
		if err != nil {
			told(Model{}, err)
			return
		}
		told(l.model, nil)
	})
}

// Loaded reports whether the model is in memory.
func (e *Engine) Loaded() bool { return e.lazy.Loaded() }

// Waiting is how many requests the engine has at this moment.
func (e *Engine) Waiting() int { return e.admission.Waiting() }

// Options returns what the engine was made with, defaults filled in.
func (e *Engine) Options() inference.Options { return e.o }

// errBudget is the cause of a wait that the request's own budget ended.
var errBudget = errors.New("the time budget is over")

// Score scores the documents of a request, equal ones once. Without a budget every document is judged, the longest pairs
// first; with one, the most promising documents first, and further windows of long ones after the first window of each.
// Loading the model counts towards the budget and goes on after it. Errors: [ErrEmpty], [inference.ErrTooLarge],
// [ErrTooLong], [inference.ErrBusy], [ErrOtherModel], [inference.ErrNoModel], [inference.ErrBroken], [inference.ErrClosed]
// and the cause of ctx's end; in each case there are no scores.
func (e *Engine) Score(ctx context.Context, r Request) (Answer, error) {
	var until time.Time
	if r.Budget > 0 {
		until = time.Now().Add(r.Budget)
	}
	if err := r.Check(); err != nil {
		return Answer{}, err
	}
	leave, err := e.admission.Enter(len(r.Query) + inference.Bytes(r.Documents...))
	if err != nil {
		return Answer{}, err
	}
	defer leave()
	a := NewAnswer(r)
	l, release, err := e.acquire(ctx, until)
	if errors.Is(err, errBudget) {
		return a, nil
	}
	if err != nil {
		return Answer{}, err
	}
	defer release()
	if !sameModel(r.Model, l.model.Name) {
		return Answer{}, fmt.Errorf("%w: it is %s", ErrOtherModel, l.model.Name)
	}
	a.Model = l.model
	if err := e.score(ctx, l, r, until, &a); err != nil {
		return Answer{}, err
	}
	return a, nil
}

// acquire waits for the model for at most as long as the budget lasts.
func (e *Engine) acquire(ctx context.Context, until time.Time) (*loaded, func(), error) {
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, until, errBudget)
		defer cancel()
	}
	return e.lazy.Acquire(ctx)
}

// sameModel refuses only what is certainly another model: clients of hosted
// services send those services' names, and a folder may hold any model.
func sameModel(asked, served string) bool {
	want, known := models.Lookup(asked)
	have, named := models.Lookup(served)
	return !known || !named || want.Name == have.Name
}

// Close refuses further requests, fails those that wait with [inference.ErrClosed],
// waits for the runs under way and frees the model.
func (e *Engine) Close() error {
	e.queue.Close()
	return e.lazy.Close()
}

// Runs is how many pairs were read so far: it grows while the engine makes progress.
func (e *Engine) Runs() int64 { return e.queue.Runs() }
