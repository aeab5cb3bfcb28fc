package inference

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// retryAfter is how long a failed load is answered from memory: a client that asks in a loop must not make us hash files in
// a loop, and a model that was fetched meanwhile must be found without a restart.
const retryAfter = 3 * time.Second

// A Model is in memory until it is closed.
type Model interface {
	Name() string
	Close() error
}

// LazyOptions say what a lazy model is. Load is required.
type LazyOptions[M Model] struct {
	// Load gets the model. It may take its time and must end when ctx does.
	Load     func(ctx context.Context) (M, error)
	Unloaded func()        // told before the model is freed; may be nil
	Idle     time.Duration // unused time until it is freed; not above 0 = never
	Log      *zap.Logger   // nil = no log
}

// Lazy is a model that is loaded when it is first needed, once however many wait for it, and freed when it was not used for
// a while. Safe for concurrent use.
type Lazy[M Model] struct {
	o LazyOptions[M]

	ctx    context.Context // ends at Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu       sync.Mutex
	current  M
	loaded   bool // current is one
	users    int
	loading  chan struct{} // closed when the load under way has ended
	failure  error         // of the last load
	retry    time.Time     // when the failure is forgotten
	timer    *time.Timer
	ends     time.Time      // when it frees the model; of no meaning while somebody uses it
	stale    bool           // it is to be loaded anew before anyone else uses it
	left     chan struct{}  // closed when the users of a stale one have given it back
	observer func(M, error) // of loads; may be nil
}

// NewLazy returns a model that is not loaded yet. Close it after use.
func NewLazy[M Model](o LazyOptions[M]) *Lazy[M] {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Lazy[M]{o: o, ctx: ctx, cancel: cancel}
}

// Acquire returns the model and a function to give it back. It waits for the model to be loaded, at most as long as ctx
// lasts, and returns Load's error, the cause of ctx's end, or [ErrClosed].
func (l *Lazy[M]) Acquire(ctx context.Context) (M, func(), error) {
	var none M
	for {
		current, ok, wait, err := l.use()
		switch {
		case err != nil:
			return none, nil, err
		case ok:
			return current, sync.OnceFunc(l.release), nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return none, nil, context.Cause(ctx)
		}
	}
}

// use returns the model, or a channel to wait on, or why there is none.
func (l *Lazy[M]) use() (current M, ok bool, wait <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ctx.Err() != nil:
		return current, false, nil, ErrClosed
	case l.stale && l.loaded:
		return current, false, l.left, nil
	case l.loaded:
		l.users++
		if l.timer != nil {
			l.timer.Stop()
		}
		return l.current, true, nil, nil
	case l.loading != nil:
		return current, false, l.loading, nil
	case l.failure != nil && time.Now().Before(l.retry):
		return current, false, nil, l.failure
	}
	l.loading = make(chan struct{})
	l.tasks.Go(l.load)
	return current, false, l.loading, nil
}

func (l *Lazy[M]) load() {
	begin := time.Now()
	current, err := l.o.Load(l.ctx)
	if err != nil {
		l.o.Log.Warn("Model not loaded", zap.Error(err))
	} else {
		l.o.Log.Info("Model loaded", zap.String("model", current.Name()), zap.Duration("took", time.Since(begin)))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current, l.loaded, l.failure, l.retry = current, err == nil, err, time.Now().Add(retryAfter)
	if l.stale { // nobody has it yet: who waits loads again
		l.dropStale()
		close(l.loading)
		l.loading = nil
		return
	}
	l.notify() // before anyone can use it, so that a client that was served sees "ready"
	close(l.loading)
	l.loading = nil
	l.startIdle()
}

// Observe calls f with the outcome of each load from now on, and of the last one at once.
func (l *Lazy[M]) Observe(f func(M, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.observer = f
	if l.loaded || l.failure != nil {
		l.notify()
	}
}

// notify passes the outcome of a load on. Called with mu held.
func (l *Lazy[M]) notify() {
	if l.observer != nil && l.ctx.Err() == nil {
		l.observer(l.current, l.failure)
	}
}

// Loaded reports whether the model is in memory.
func (l *Lazy[M]) Loaded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.loaded
}

// Until is when the model is freed if nobody uses it from now on, a lifetime away where that is never; false = it is not in memory.
func (l *Lazy[M]) Until() (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.o.Idle <= 0:
		return time.Now().AddDate(100, 0, 0), l.loaded
	case l.users > 0:
		return time.Now().Add(l.o.Idle), l.loaded
	}
	return l.ends, l.loaded
}

func (l *Lazy[M]) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users--
	if l.stale && l.users == 0 {
		l.dropStale()
		close(l.left)
	}
	l.startIdle()
}

// Reload makes the next Acquire load the model anew. Who uses it now keeps it; who comes later waits until it was given back.
func (l *Lazy[M]) Reload() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.failure = nil; {
	case l.loading != nil:
		l.stale = true
	case l.loaded && l.users == 0:
		l.dropStale()
	case l.loaded && !l.stale:
		l.stale, l.left = true, make(chan struct{})
	}
}

// dropStale frees what is loaded, for another load. Called with mu held.
func (l *Lazy[M]) dropStale() {
	l.stale, l.failure = false, nil
	if !l.loaded {
		return
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	if err := l.free(); err != nil {
		l.o.Log.Warn("Model not freed", zap.Error(err))
	}
}

// startIdle starts the idle time of a model that nobody uses. Called with mu held.
func (l *Lazy[M]) startIdle() {
	if l.users > 0 || !l.loaded || l.o.Idle <= 0 {
		return
	}
	l.ends = time.Now().Add(l.o.Idle)
	if l.timer == nil {
		l.timer = time.AfterFunc(l.o.Idle, func() { l.Unload() })
		return
	}
	l.timer.Reset(l.o.Idle)
}

// Unload frees a model that nobody uses and reports whether it did.
func (l *Lazy[M]) Unload() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.loaded || l.users > 0 {
		return false
	}
	name := zap.String("model", l.current.Name())
	if err := l.free(); err != nil {
		l.o.Log.Warn("Model not freed", name, zap.Error(err))
		return true
	}
	l.o.Log.Info("Model unloaded", name)
	return true
}

// free forgets the model first: it is not to be used again, freed or not. Called with mu held.
func (l *Lazy[M]) free() error {
	current := l.current
	var none M
	l.current, l.loaded = none, false
	if l.o.Unloaded != nil {
		l.o.Unloaded()
	}
	return current.Close()
}

// Close ends a load under way and frees the model; whoever uses it must have given it back, as a closed [Queue] makes sure.
func (l *Lazy[M]) Close() error {
	l.mu.Lock() // no load begins once cancelled
	l.cancel()
	l.mu.Unlock()
	l.tasks.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
	}
	if !l.loaded {
		return nil
	}
	return l.free()
}
