package embed

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"amalfa/inference"
	"amalfa/onnx"
)

// EngineOptions tune an engine. Zero values mean the defaults.
type EngineOptions struct {
	Workers int           // runs at once; default one per core (GOMAXPROCS)
	Idle    time.Duration // until an unused model is unloaded; default 30 minutes, below 0 never
	Queue   int           // requests at once, waiting ones included; default 512
	// QueueBytes bounds the text that all requests at once hold; default 256 MiB.
	QueueBytes int64
	// Name is what the settings call the default model. It may be asked for by
	// that name too, loaded or not.
	Name string
	// Finder offers further models by name; nil means the default one alone.
	Finder *Finder
	// ModelBytes bounds the files of all models in memory; default 2 GiB.
	ModelBytes int64
	Version    string // of the program, as GET /info shows it
	Cache      Cache  // of vectors made before, the caller's to close after Close; nil = none
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
	if o.ModelBytes <= 0 {
		o.ModelBytes = 2 << 30
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return o
}

// Engine embeds texts with one session a model: one text a run, one thread in a run,
// a run per core, a request's longest texts first. Interactive requests
// overtake bulk ones; requests of the same class take turns. Safe for
// concurrent use.
type Engine struct {
	o       EngineOptions
	shelf   *shelf
	queue   *inference.Queue
	waiting atomic.Int64 // requests
	held    atomic.Int64 // bytes of text in them
	memo    *memo        // nil without a cache
	runs    atomic.Int64 // of models, since the start
}

// NewEngine returns an engine that has nothing loaded yet. Close it after use.
func NewEngine(load Load, o EngineOptions) *Engine {
	o = o.filled()
	return &Engine{o: o, shelf: newShelf(load, o), queue: &inference.Queue{Workers: o.Workers}, memo: newMemo(o.Cache, o.Log)}
}

// Warm loads the model now. The error is that of any later use: [ErrNoModel]
// where something is missing, [ErrBroken] where it cannot be used.
func (e *Engine) Warm(ctx context.Context) error {
	_, err := e.Model(ctx)
	return err
}

// Model returns the default model, loading it if need be.
func (e *Engine) Model(ctx context.Context) (Model, error) {
	l, release, err := e.shelf.acquire(ctx, "")
	if err != nil {
		return Model{}, err
	}
	defer release()
	return l.model, nil
}

// Embed returns one vector of Model.Dim float32 per text, in the order given.
// A text of more tokens than Model.MaxTokens is cut, or averaged over windows,
// as o says; Vector.Truncated tells. It returns [ErrEmpty] for an empty text,
// [ErrBusy] when Queue requests wait already, [ErrUnknownModel] for a model
// that is not to be had by that name, [ErrClosed] after Close, what Warm
// returns, and the cause of ctx's end; in each case no vectors.
func (e *Engine) Embed(ctx context.Context, texts []string, o Options) ([]Vector, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	leave, err := e.enter(texts)
	if err != nil {
		return nil, err
	}
	defer leave()
	l, release, err := e.shelf.acquire(ctx, o.Model)
	if err != nil {
		return nil, err
	}
	defer release()
	for i, s := range texts {
		if s == "" {
			return nil, fmt.Errorf("text %d: %w", i, ErrEmpty)
		}
	}
	vectors := make([]Vector, len(texts))
	keys, left := e.memo.recall(ctx, l, texts, o, vectors)
	if err := e.embed(ctx, l, texts, left, o, vectors); err != nil {
		return nil, err
	}
	e.memo.keep(keys, left, vectors, o.Bulk)
	return vectors, nil
}

// embed makes the vectors of the texts whose numbers are left.
func (e *Engine) embed(ctx context.Context, l *loaded, texts []string, left []int, o Options, into []Vector) error {
	prepared := make([]text, len(left))
	for n, i := range left {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var err error
		if prepared[n], err = l.prepare(texts[i], o); err != nil {
			return fmt.Errorf("text %d: %w", i, err)
		}
	}
	made, err := e.run(ctx, l, prepared, o)
	for n, v := range made {
		into[left[n]] = v
	}
	return err
}

// EmbedTokens embeds sequences that the caller tokenized, special tokens
// included, as they are; longer ones than Model.MaxTokens are cut at their
// end. It returns [ErrTokens] for ids outside the model's vocabulary, and else
// the errors of Embed.
func (e *Engine) EmbedTokens(ctx context.Context, sequences [][]int64, o Options) ([]Vector, error) {
	leave, err := e.enter(nil)
	if err != nil {
		return nil, err
	}
	defer leave()
	l, release, err := e.shelf.acquire(ctx, o.Model)
	if err != nil {
		return nil, err
	}
	defer release()
	prepared := make([]text, len(sequences))
	for i, ids := range sequences {
		if prepared[i], err = l.given(ids, o); err != nil {
			return nil, fmt.Errorf("text %d: %w", i, err)
		}
	}
	return e.run(ctx, l, prepared, o)
}

// enter counts a request in and returns what counts it out.
func (e *Engine) enter(texts []string) (func(), error) {
	var size int64
	for _, s := range texts {
		size += int64(len(s))
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

func (e *Engine) run(ctx context.Context, l *loaded, texts []text, o Options) ([]Vector, error) {
	var runs []onnx.Tokens
	for _, t := range texts {
		runs = append(runs, t.runs...)
	}
	rest := make([][]float32, len(runs))
	err := e.queue.Do(ctx, &inference.Batch{
		Order: inference.LongestFirst(len(runs), func(i int) int { return len(runs[i].IDs) }), Bulk: o.Bulk,
		Run: func(i int) (err error) {
			e.runs.Add(1)
			rest[i], err = l.encode(runs[i])
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	vectors := make([]Vector, len(texts))
	for i, t := range texts {
		values := l.finish(rest[:len(t.runs)], o.Scale)
		rest = rest[len(t.runs):]
		vectors[i] = l.vector(values, t)
	}
	return vectors, nil
}

// Observe has f told of each load of the default model from now on, and of the
// last one at once.
func (e *Engine) Observe(f func(Model, error)) {
	e.shelf.main.Observe(func(l *loaded, err error) {
		if err != nil {
			f(Model{}, err)
			return
		}
		f(l.model, nil)
	})
}

// Names lists the models that can be asked for, the default one first.
func (e *Engine) Names(ctx context.Context) []string { return e.shelf.names(ctx) }

// Cached reports whether vectors are kept beyond this process.
func (e *Engine) Cached() bool { return e.memo != nil }

// Stats counts an engine's work since its start.
type Stats struct {
	Waiting      int64 // requests at this moment
	Runs         int64 // of models: one for a text, or for a window of a long one
	Hits, Misses int64 // texts that were in the cache and that were not; 0 without one
}

// Stats returns how much was done so far.
func (e *Engine) Stats() Stats {
	s := Stats{Waiting: e.waiting.Load(), Runs: e.runs.Load()}
	if e.memo != nil {
		s.Hits, s.Misses = e.memo.hits.Load(), e.memo.misses.Load()
	}
	return s
}

// Info is what may be said of an engine and its default model.
type Info struct {
	Model     Model
	Precision string // models.Full or models.Int8
	Pooling   string
	Queue     int // requests at once, at most
	Workers   int // runs at once
	Version   string
}

// Info loads the default model if need be.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	l, release, err := e.shelf.acquire(ctx, "")
	if err != nil {
		return Info{}, err
	}
	defer release()
	return Info{Model: l.model, Precision: l.precision, Pooling: l.spec.Pooling, Queue: e.o.Queue, Workers: e.o.Workers, Version: e.o.Version}, nil
}

// Close refuses further requests, fails those that wait with [ErrClosed],
// waits for the runs under way, writes what the cache has not yet, and frees
// the model.
func (e *Engine) Close() error {
	e.queue.Close()
	e.memo.close()
	return e.shelf.close()
}
