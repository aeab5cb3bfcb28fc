package inference

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// retryAfter is how long a failed load is answered from memory: a client that
// asks in a loop must not make us hash files in a loop, and a model that was
// fetched meanwhile must be found without a restart.
const retryAfter = 3 * time.Second

// HolderOptions say what a holder holds. Load and Free are required.
type HolderOptions[T any] struct {
	// Load gets the model. It may take its time and must end when ctx does.
	Load func(ctx context.Context) (T, error)
	Free func(T) error
	Name func(T) string // for the log
	Idle time.Duration  // unused time until it is freed; not above 0 = never
	Log  *zap.Logger    // nil = no log
}

// Holder loads one model when it is first needed, once however many wait for
// it, and frees it when it was not used for a while. Safe for concurrent use.
type Holder[T any] struct {
	o HolderOptions[T]

	ctx    context.Context // ends when the holder is closed
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex
	current T
	loaded  bool // current is one
	users   int
	loading chan struct{} // closed when the load under way has ended
	failure error         // of the last load
	retry   time.Time     // when the failure is forgotten
	timer   *time.Timer
	told    func(T, error) // of each load; may be nil
}

// NewHolder returns a holder that has loaded nothing yet. Close it after use.
func NewHolder[T any](o HolderOptions[T]) *Holder[T] {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Holder[T]{o: o, ctx: ctx, cancel: cancel}
}

// Acquire returns the model and a function to give it back. It waits for the
// model to be loaded, at most as long as ctx lasts, and returns Load's error,
// the cause of ctx's end, or [ErrClosed].
func (h *Holder[T]) Acquire(ctx context.Context) (T, func(), error) {
	var none T
	for {
		current, ok, wait, err := h.try()
		switch {
		case err != nil:
			return none, nil, err
		case ok:
			return current, sync.OnceFunc(h.release), nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return none, nil, context.Cause(ctx)
		}
	}
}

// try returns the model, or a channel to wait on, or why there is none.
func (h *Holder[T]) try() (current T, ok bool, wait <-chan struct{}, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ctx.Err() != nil:
		return current, false, nil, ErrClosed
	case h.loaded:
		h.users++
		if h.timer != nil {
			h.timer.Stop()
		}
		return h.current, true, nil, nil
	case h.loading != nil:
		return current, false, h.loading, nil
	case h.failure != nil && time.Now().Before(h.retry):
		return current, false, nil, h.failure
	}
	h.loading = make(chan struct{})
	h.tasks.Go(h.fill)
	return current, false, h.loading, nil
}

func (h *Holder[T]) fill() {
	begin := time.Now()
	current, err := h.o.Load(h.ctx)
	if err != nil {
		h.o.Log.Warn("Model not loaded", zap.Error(err))
	} else {
		h.o.Log.Info("Model loaded", h.name(current), zap.Duration("took", time.Since(begin)))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current, h.loaded, h.failure, h.retry = current, err == nil, err, time.Now().Add(retryAfter)
	h.tell() // before anyone can use it, so that a client that was served sees "ready"
	close(h.loading)
	h.loading = nil
	h.rest()
}

func (h *Holder[T]) name(current T) zap.Field {
	if h.o.Name == nil {
		return zap.Skip()
	}
	return zap.String("model", h.o.Name(current))
}

// Observe has f told of each load from now on, and of the last one at once.
func (h *Holder[T]) Observe(f func(T, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = f
	if h.loaded || h.failure != nil {
		h.tell()
	}
}

// tell passes the outcome of a load on. Called with mu held.
func (h *Holder[T]) tell() {
	if h.told != nil && h.ctx.Err() == nil {
		h.told(h.current, h.failure)
	}
}

// Loaded reports whether the model is in memory.
func (h *Holder[T]) Loaded() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.loaded
}

func (h *Holder[T]) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users--
	h.rest()
}

// rest starts the idle time of a model that nobody uses. Called with mu held.
func (h *Holder[T]) rest() {
	if h.users > 0 || !h.loaded || h.o.Idle <= 0 {
		return
	}
	if h.timer == nil {
		h.timer = time.AfterFunc(h.o.Idle, func() { h.Unload() })
		return
	}
	h.timer.Reset(h.o.Idle)
}

// Unload frees a model that nobody uses and reports whether it did.
func (h *Holder[T]) Unload() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.loaded || h.users > 0 {
		return false
	}
	name := h.name(h.current)
	if err := h.free(); err != nil {
		h.o.Log.Warn("Model not freed", name, zap.Error(err))
		return true
	}
	h.o.Log.Info("Model unloaded", name)
	return true
}

// free forgets the model first: it is not to be used again, freed or not.
// Called with mu held.
func (h *Holder[T]) free() error {
	current := h.current
	var none T
	h.current, h.loaded = none, false
	return h.o.Free(current)
}

// Close ends a load under way and frees the model; whoever uses it must have
// given it back, as a closed [Queue] makes sure.
func (h *Holder[T]) Close() error {
	h.mu.Lock() // no load begins once cancelled
	h.cancel()
	h.mu.Unlock()
	h.tasks.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
	if !h.loaded {
		return nil
	}
	return h.free()
}
