package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"go.uber.org/zap"

	"amalfa/models"
)

// A Finder knows the models beside the default one that may be asked for by name: those of the catalogue that are on disk.
type Finder struct {
	// Find returns the files of a model and the library's path, without any network. Its error for a model that is not here
	// is models.ErrMissing, and models.ErrUnknown for a name that nobody knows.
	Find func(ctx context.Context, name string) (files models.Files, lib string, err error)
	// List returns the names of the models that Find would find.
	List func(ctx context.Context) []string
}

// PoolOptions say what a pool holds. Locate and Open are required.
type PoolOptions[M Model] struct {
	Task   string  // what the models do, for errors: "embedding"
	Locate Locate  // the default model
	Name   string  // of the default model, as the settings have it, until Reload; "" = not known
	Finder *Finder // further models; nil = none
	Open   func(files models.Files, lib string) (M, error)
	Bytes  int64         // of the files of all models in memory; one alone may be larger
	Idle   time.Duration // as in [LazyOptions]
	Log    *zap.Logger
}

// Pool holds an engine's models: the default one and those that were asked for by name. Loading one unloads those that were
// used longest ago until all fit under the limit. Safe for concurrent use.
type Pool[M Model] struct {
	o       PoolOptions[M]
	primary *pooled[M]

	mu     sync.Mutex
	recent *simplelru.LRU[string, *pooled[M]] // by the catalogue's name, "" for the default one
	name   string                             // of the default model, as the settings have it
	closed bool
}

// pooled is a model's place in the pool.
type pooled[M Model] struct {
	*Lazy[M]
	size atomic.Int64           // of the model's files, 0 when it is not loaded
	name atomic.Pointer[string] // of what was loaded last; nil before
}

// NewPool returns a pool that has loaded nothing yet. Close it after use.
func NewPool[M Model](o PoolOptions[M]) *Pool[M] {
	recent, _ := simplelru.NewLRU[string, *pooled[M]](math.MaxInt, nil) // errors come of sizes below one only
	p := &Pool[M]{o: o, recent: recent, name: o.Name}
	p.primary = p.add("", o.Locate)
	return p
}

// add gives a model a place, and makes room before it is loaded. Called with mu held, or by the only user.
func (p *Pool[M]) add(name string, locate Locate) *pooled[M] {
	m := &pooled[M]{}
	m.Lazy = NewLazy(LazyOptions[M]{
		Load: func(ctx context.Context) (M, error) {
			loaded, err := p.load(ctx, m, locate)
			if err != nil {
				m.size.Store(0)
				return loaded, LoadError(p.o.Task, err)
			}
			m.name.Store(new(loaded.Name()))
			return loaded, nil
		},
		Unloaded: func() { m.size.Store(0) },
		Idle:     p.o.Idle, Log: p.o.Log,
	})
	p.recent.Add(name, m)
	return m
}

func (p *Pool[M]) load(ctx context.Context, m *pooled[M], locate Locate) (none M, err error) {
	files, lib, err := locate(ctx)
	if err != nil {
		return none, err
	}
	if err := p.makeRoom(m, fileSize(files)); err != nil {
		return none, err
	}
	return p.o.Open(files, lib)
}

// Acquire returns the model of that name, "" for the default one, and a function to give it back. It returns
// [ErrUnknownModel] for one that cannot be had by that name, and else what [Lazy.Acquire] does.
func (p *Pool[M]) Acquire(ctx context.Context, name string) (none M, release func(), err error) {
	m, err := p.find(ctx, name)
	if err != nil {
		return none, nil, err
	}
	model, release, err := m.Acquire(ctx)
	if err == nil && m == p.primary && name != "" && name != p.settingsName() && !isNamed(model, name) { // another one since Reload
		m.name.Store(new(model.Name()))
		release()
		return p.Acquire(ctx, name)
	}
	if m != p.primary && (errors.Is(err, models.ErrMissing) || errors.Is(err, models.ErrUnknown)) {
		return none, nil, unknownModel(err)
	}
	return model, release, err
}

// find returns the place of a model, which is now the one used last.
func (p *Pool[M]) find(ctx context.Context, name string) (*pooled[M], error) {
	if name == "" || name == p.settingsName() || p.isPrimary(ctx, name) {
		return p.touch("", nil)
	}
	if ctx.Err() != nil { // perhaps it was, and did not come in time
		return nil, context.Cause(ctx)
	}
	m, known := models.Lookup(untagged(name))
	if !known || m.Kind == models.Reranker {
		return nil, fmt.Errorf("%w: %.40q", ErrUnknownModel, name)
	}
	if p.o.Finder == nil {
		return nil, unknownModel(&models.MissingError{What: "model " + m.Name, Fetch: "amalfa models pull " + m.Name})
	}
	return p.touch(m.Name, func(ctx context.Context) (models.Files, string, error) { return p.o.Finder.Find(ctx, m.Name) })
}

// touch returns the model under a key as the one used last, and gives it a place first if it has none.
func (p *Pool[M]) touch(key string, locate Locate) (*pooled[M], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m, ok := p.recent.Get(key); ok {
		return m, nil
	}
	if p.closed {
		return nil, ErrClosed
	}
	return p.add(key, locate), nil
}

func (p *Pool[M]) settingsName() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.name
}

// Reload has every model loaded anew when it is next needed, since what they are has changed; name is what the settings call the default one
// now. Requests under way end with the models that they have.
func (p *Pool[M]) Reload(name string) {
	p.mu.Lock()
	p.name = name
	all := p.recent.Values()
	p.mu.Unlock()
	for _, m := range all {
		m.name.Store(nil)
		m.Reload()
	}
}

// isPrimary asks the default model for its name, if it can be had.
func (p *Pool[M]) isPrimary(ctx context.Context, name string) bool {
	primary, err := p.primaryName(ctx)
	if err != nil {
		return false
	}
	return means(name, primary)
}

// means reports whether somebody who asks for name means the model that is called so.
func means(name, model string) bool {
	m, known := models.Lookup(untagged(name))
	return untagged(name) == model || known && m.Name == model
}

func isNamed(m Model, name string) bool { return means(name, m.Name()) }

// primaryName is the default model's name. It loads the model only if it never
// was: a question about names must not bring an idle model back.
func (p *Pool[M]) primaryName(ctx context.Context) (string, error) {
	if name := p.primary.name.Load(); name != nil {
		return *name, nil
	}
	m, release, err := p.primary.Acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return m.Name(), nil
}

// untagged leaves out the tag that Ollama's clients add.
func untagged(name string) string { return strings.TrimSuffix(name, ":latest") }

// Observe calls f with the outcome of each load of the default model from now on, and of the last one at once.
func (p *Pool[M]) Observe(f func(M, error)) { p.primary.Observe(f) }

// Loaded reports whether the model of the catalogue with that name is in memory, "" being the default one.
func (p *Pool[M]) Loaded(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, ok := p.recent.Peek(name)
	return ok && m.Loaded()
}

// Until is [Lazy.Until] of the model of that name, "" being the default one.
func (p *Pool[M]) Until(name string) (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m, ok := p.recent.Peek(name); ok {
		return m.Until()
	}
	return time.Time{}, false
}

// Names lists the models that can be asked for, the default one first.
func (p *Pool[M]) Names(ctx context.Context) []string {
	var names []string
	if name, err := p.primaryName(ctx); err == nil {
		names = append(names, name)
	}
	if p.o.Finder == nil || p.o.Finder.List == nil {
		return names
	}
	for _, name := range p.o.Finder.List(ctx) {
		if len(names) == 0 || name != names[0] {
			names = append(names, name)
		}
	}
	return names
}

// Close ends loads under way and frees the models, which must have been given back.
func (p *Pool[M]) Close() error {
	p.mu.Lock()
	p.closed = true
	all := p.recent.Values()
	p.mu.Unlock()
	var errs []error
	for _, m := range all {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}
