package rerank

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"amalfa/inference"
	"amalfa/models"
)

// Load says where the model's files and ONNX Runtime's library are. It must
// not fetch them: a request would have to wait for gigabytes.
type Load func(ctx context.Context) (files models.Files, lib string, err error)

// EngineOptions tune an engine. Zero values mean the defaults.
type EngineOptions struct {
	Workers int           // runs at once; default one per core (GOMAXPROCS)
	Idle    time.Duration // until an unused model is unloaded; default 30 minutes, below 0 never
	Queue   int           // requests at once, waiting ones included; default 512
	// QueueBytes bounds the text that all requests at once hold; default 256 MiB.
	QueueBytes int64
	Version    string // of the program, as GET /info shows it
	Log        *zap.Logger
}

func (o EngineOptions) filled() EngineOptions {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Idle == 0 {
		o.Idle = 30 * time.Minute
	}
	if o.Queue <= 0 {
		o.Queue = 512
	}
	if o.QueueBytes <= 0 {
		o.QueueBytes = 256 << 20
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return o
}

// Engine scores documents with one session: one pair a run, one thread in a
// run, a run per core. Requests take turns, a run each. Safe for concurrent use.
type Engine struct {
	o       EngineOptions
	load    Load
	holder  *inference.Holder[*loaded]
	queue   *inference.Queue
	waiting atomic.Int64           // requests
	held    atomic.Int64           // bytes of text in them
	freed   atomic.Pointer[func()] // told when the model is given back; nil = nobody
	known   atomic.Pointer[Model]  // what was found last; nil before
	sight   atomic.Pointer[sight]  // the last look at the files; nil before
}

// NewEngine returns an engine that has nothing loaded yet. Close it after use.
func NewEngine(load Load, o EngineOptions) *Engine {
	o = o.filled()
	e := &Engine{o: o, load: load, queue: &inference.Queue{Workers: o.Workers}}
	e.holder = inference.NewHolder(inference.HolderOptions[*loaded]{
		Load: e.open,
		Free: e.free,
		Name: func(l *loaded) string { return l.model.Name },
		Idle: o.Idle, Log: o.Log,
	})
	return e
}

func (e *Engine) open(ctx context.Context) (*loaded, error) {
	files, lib, err := e.load(ctx)
	e.saw(files, err)
	if err != nil {
		return nil, nameErrors(err)
	}
	l, err := open(files, lib)
	e.saw(files, err)
	if err != nil {
		return nil, nameErrors(err)
	}
	e.known.Store(&l.model)
	return l, nil
}

// find returns what would be loaded, verified, without loading it.
func (e *Engine) find(ctx context.Context) (Model, error) {
	files, _, err := e.load(ctx)
	e.saw(files, err)
	if err != nil {
		return Model{}, nameErrors(err)
	}
	m := describe(files)
	e.known.Store(&m)
	return m, nil
}

// describe is find, once: reading gigabytes for each question about a name
// would be a way to keep the machine busy.
func (e *Engine) describe(ctx context.Context) (Model, error) {
	if m := e.known.Load(); m != nil {
		return *m, nil
	}
	return e.find(ctx)
}

func (e *Engine) free(l *loaded) error {
	if told := e.freed.Load(); told != nil {
		(*told)()
	}
	return l.close()
}

// Observe calls told with each load from now on, and with the last one at once,
// and freed each time that the model is given back.
func (e *Engine) Observe(told func(Model, error), freed func()) {
	e.freed.Store(&freed)
	e.holder.Observe(func(l *loaded, err error) {
		if err != nil {
			told(Model{}, err)
			return
		}
		told(l.model, nil)
	})
}

// Waiting is how many requests the engine has at this moment.
func (e *Engine) Waiting() int { return int(e.waiting.Load()) }

// Info is what may be said of an engine and its model.
type Info struct {
	Model   Model
	Queue   int // requests at once, at most
	Workers int // runs at once
	Version string
}

// Info looks for the model's files if nobody did yet; it loads nothing.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	m, err := e.describe(ctx)
	return Info{m, e.o.Queue, e.o.Workers, e.o.Version}, err
}

// errBudget is the cause of a wait that the request's own budget ended.
var errBudget = errors.New("the time budget is over")

// Score scores the documents of a request, equal ones once. Without a budget
// every document is judged, the longest pairs first; with one, the most
// promising documents first, and further windows of long ones after the first
// window of each. Loading the model counts towards the budget and goes on
// after it. Errors: [ErrEmpty], [ErrTooLarge], [ErrTooLong], [ErrBusy],
// [ErrOtherModel], [ErrNoModel], [ErrBroken], [ErrClosed] and the cause of
// ctx's end; in each case there are no scores.
func (e *Engine) Score(ctx context.Context, r Request) (Answer, error) {
	var until time.Time
	if r.Budget > 0 {
		until = time.Now().Add(r.Budget)
	}
	if err := r.Check(); err != nil {
		return Answer{}, err
	}
	leave, err := e.enter(r)
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
	if err := e.judge(ctx, l, r, until, &a); err != nil {
		return Answer{}, err
	}
	return a, nil
}

// acquire is the holder's, for at most as long as the budget lasts.
func (e *Engine) acquire(ctx context.Context, until time.Time) (*loaded, func(), error) {
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, until, errBudget)
		defer cancel()
	}
	return e.holder.Acquire(ctx)
}

// sameModel refuses only what is certainly another model: clients of hosted
// services send those services' names, and a folder may hold any model.
func sameModel(asked, served string) bool {
	want, known := models.Lookup(asked)
	have, named := models.Lookup(served)
	return !known || !named || want.Name == have.Name
}

// enter counts a request in and returns what counts it out.
func (e *Engine) enter(r Request) (func(), error) {
	size := int64(len(r.Query))
	for _, text := range r.Documents {
		size += int64(len(text))
	}
	leave := func() { e.waiting.Add(-1); e.held.Add(-size) }
	waiting, held := e.waiting.Add(1), e.held.Add(size)
	// One request alone is always let in: its size was bounded before.
	if waiting > int64(e.o.Queue) || held > e.o.QueueBytes && waiting > 1 {
		leave()
		return nil, fmt.Errorf("%w: %d requests with %d bytes", ErrBusy, waiting-1, held-size)
	}
	return leave, nil
}

// Close refuses further requests, fails those that wait with [ErrClosed],
// waits for the runs under way and frees the model.
func (e *Engine) Close() error {
	e.queue.Close()
	return e.holder.Close()
}
