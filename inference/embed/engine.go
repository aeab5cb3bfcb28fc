package embed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"amalfa/inference"
	"amalfa/onnx"
)

// EngineOptions tune an engine. Zero values mean the defaults.
type EngineOptions struct {
	inference.Options
	// Name is what the settings call the default model. It may be asked for by that name too, loaded or not.
	Name string
	// Finder offers further models by name; nil means the default one alone.
	Finder *inference.Finder
	// ModelBytes bounds the files of all models in memory; default 2 GiB.
	ModelBytes int64
	Cache      Cache // of vectors made before, the caller's to close after Close; nil = none
}

// Engine embeds texts with one session a model: one text a run, one thread in a run, a run per core, a request's longest
// texts first. Interactive requests overtake bulk ones; requests of the same class take turns. Safe for concurrent use.
type Engine struct {
	o         EngineOptions
	pool      *inference.Pool[*loaded]
	queue     *inference.Queue
	admission *inference.Admission
	cache     *vectorCache // nil without one
	known     sync.Map     // name → Details
	rows      *inference.Pool[*loaded]
}

// NewEngine returns an engine that has nothing loaded yet. Close it after use.
func NewEngine(locate inference.Locate, o EngineOptions) *Engine {
	o.Options, o.ModelBytes = o.WithDefaults(), cmp.Or(max(o.ModelBytes, 0), 2<<30)
	e := &Engine{
		o: o, queue: &inference.Queue{Workers: o.Workers}, cache: newVectorCache(o.Cache, o.Log),
		admission: &inference.Admission{Requests: o.Queue, Bytes: o.QueueBytes},
	}
	e.pool = inference.NewPool(inference.PoolOptions[*loaded]{
		Task: task, Locate: locate, Name: o.Name, Finder: o.Finder, Open: e.open, Bytes: o.ModelBytes, Idle: o.Idle, Log: o.Log,
	})
	e.rows = inference.NewPool(inference.PoolOptions[*loaded]{
		Task: task, Locate: locate, Name: o.Name, Open: openRows, Bytes: o.ModelBytes, Idle: o.Idle, Log: o.Log,
	})
	return e
}

// Warm loads the model now. The error is that of any later use: [inference.ErrNoModel]
// where something is missing, [inference.ErrBroken] where it cannot be used.
func (e *Engine) Warm(ctx context.Context) error {
	_, release, err := e.pool.Acquire(ctx, "")
	if err == nil {
		release()
	}
	return err
}

// Embed returns one vector of Model.Dim float32 per text, in the order given. A text of more tokens than Model.MaxTokens is
// cut, or averaged over windows, as o says; Vector.Truncated tells. It returns [ErrEmpty] for an empty text,
// [inference.ErrBusy] when Queue requests wait already, [inference.ErrUnknownModel] for a model that is not to be had by
// that name, [inference.ErrClosed] after Close, what Warm returns, and the cause of ctx's end; in each case no vectors.
func (e *Engine) Embed(ctx context.Context, texts []string, o Options) ([]Vector, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	l, done, err := e.use(ctx, o.Model, texts)
	if err != nil {
		return nil, err
	}
	defer done()
	for i, s := range texts {
		if s == "" {
			return nil, fmt.Errorf("text %d: %w", i, ErrEmpty)
		}
	}
	vectors := make([]Vector, len(texts))
	keys, left := e.cache.get(ctx, l, texts, o, vectors)
	if err := e.embed(ctx, l, texts, left, o, vectors); err != nil {
		return nil, err
	}
	e.cache.put(keys, left, vectors, o.Bulk)
	return vectors, nil
}

// use counts a request in and returns its model, and what ends both.
func (e *Engine) use(ctx context.Context, model string, texts []string) (l *loaded, done func(), err error) {
	leave, err := e.admission.Enter(inference.Bytes(texts...))
	if err != nil {
		return nil, nil, err
	}
	l, release, err := e.pool.Acquire(ctx, model)
	if err != nil {
		leave()
		return nil, nil, err
	}
	return l, func() { release(); leave() }, nil
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

// EmbedTokens embeds sequences that the caller tokenized, special tokens included, as they are; longer ones than
// Model.MaxTokens are cut at their end. It returns [ErrTokens] for ids outside the model's vocabulary, and else the errors
// of Embed.
func (e *Engine) EmbedTokens(ctx context.Context, sequences [][]int64, o Options) ([]Vector, error) {
	l, done, err := e.use(ctx, o.Model, nil)
	if err != nil {
		return nil, err
	}
	defer done()
	prepared := make([]text, len(sequences))
	for i, ids := range sequences {
		if prepared[i], err = l.given(ids, o); err != nil {
			return nil, fmt.Errorf("text %d: %w", i, err)
		}
	}
	return e.run(ctx, l, prepared, o)
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
			return e.o.Quarantine.Do(inference.NewRunKey(l.model.Digest, runs[i].IDs), func() error {
				rest[i], err = l.encode(runs[i])
				return err
			})
		},
	})
	if err != nil {
		return nil, err
	}
	vectors := make([]Vector, len(texts))
	for i, t := range texts {
		values := l.combine(rest[:len(t.runs)], o.Scale)
		rest = rest[len(t.runs):]
		vectors[i] = l.vector(values, t)
	}
	return vectors, nil
}

// Reload has the models loaded anew when they are next needed; see [inference.Pool.Reload].
func (e *Engine) Reload(name string) {
	e.pool.Reload(name)
	e.rows.Reload(name)
	e.known.Clear()
}

// Observe calls f with the outcome of each load of the default model from now on, and of the last one at once.
func (e *Engine) Observe(f func(Model, error)) {
	e.pool.Observe(func(l *loaded, err error) {
		if err != nil {
			f(Model{}, err)
			return
		}
		f(l.model, nil)
	})
}

// Names lists the models that can be asked for, the default one first.
func (e *Engine) Names(ctx context.Context) []string { return e.pool.Names(ctx) }

// Options returns what the engine was made with, defaults filled in.
func (e *Engine) Options() EngineOptions { return e.o }

// Stats counts an engine's work since its start.
type Stats struct {
	Waiting      int   // requests at this moment
	Runs         int64 // of models: one for a text, or for a window of a long one
	Hits, Misses int64 // texts that were in the cache and that were not; 0 without one
}

// Stats returns how much was done so far.
func (e *Engine) Stats() Stats {
	s := Stats{Waiting: e.admission.Waiting(), Runs: e.queue.Runs()}
	if e.cache != nil {
		s.Hits, s.Misses = e.cache.hits.Load(), e.cache.misses.Load()
	}
	return s
}

// Close refuses further requests, fails those that wait with [inference.ErrClosed], waits for the runs under way, writes
// what the cache has not yet, and frees the model.
func (e *Engine) Close() error {
	e.queue.Close()
	e.cache.close()
	return errors.Join(e.pool.Close(), e.rows.Close())
}
