package vector

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"amalfa/models"
)

// retryAfter is how long a failed load is answered from memory: a client that
// asks in a loop must not make us hash files in a loop, and a model that was
// fetched meanwhile must be found without a restart.
const retryAfter = 3 * time.Second

// Load says where the model's files and ONNX Runtime's library are. It may
// take its time (to verify, to fetch) and must end when ctx does.
type Load func(ctx context.Context) (files models.Files, lib string, err error)

// holder loads one model when it is first needed, once however many wait for
// it, and unloads it when it was not used for a while.
type holder struct {
	load Load
	idle time.Duration // not above 0 = never unload
	log  *zap.Logger

	size  atomic.Int64          // of the model's files, 0 when it is not loaded
	known atomic.Pointer[Model] // what was loaded last; nil before

	ctx    context.Context // ends when the holder is closed
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex
	current *loaded
	users   int
	loading chan struct{} // closed when the load under way has ended
	failure error         // of the last load
	retry   time.Time     // when the failure is forgotten
	timer   *time.Timer
	told    func(Model, error) // of each load; may be nil
}

func newHolder(load Load, idle time.Duration, log *zap.Logger) *holder {
	ctx, cancel := context.WithCancel(context.Background())
	return &holder{load: load, idle: idle, log: log, ctx: ctx, cancel: cancel}
}

// acquire returns the model and a function to give it back. It waits for the
// model to be loaded, at most as long as ctx lasts.
func (h *holder) acquire(ctx context.Context) (*loaded, func(), error) {
	for {
		l, wait, err := h.try()
		switch {
		case err != nil:
			return nil, nil, err
		case l != nil:
			return l, sync.OnceFunc(h.release), nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
}

// try returns the model, or a channel to wait on, or why there is none.
func (h *holder) try() (*loaded, <-chan struct{}, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ctx.Err() != nil:
		return nil, nil, ErrClosed
	case h.current != nil:
		h.users++
		if h.timer != nil {
			h.timer.Stop()
		}
		return h.current, nil, nil
	case h.loading != nil:
		return nil, h.loading, nil
	case h.failure != nil && time.Now().Before(h.retry):
		return nil, nil, h.failure
	}
	h.loading = make(chan struct{})
	h.tasks.Go(h.fill)
	return nil, h.loading, nil
}

// describe returns what the holder holds, loading it only if it never was: a
// question about names must not bring an idle model back.
func (h *holder) describe(ctx context.Context) (Model, error) {
	if m := h.known.Load(); m != nil {
		return *m, nil
	}
	l, release, err := h.acquire(ctx)
	if err != nil {
		return Model{}, err
	}
	defer release()
	return l.model, nil
}

func (h *holder) fill() {
	begin := time.Now()
	l, err := h.read()
	if err != nil {
		h.log.Warn("Model not loaded", zap.Error(err))
	} else {
		h.log.Info("Model loaded", zap.String("model", l.model.Name), zap.Duration("took", time.Since(begin)))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current, h.failure, h.retry = l, err, time.Now().Add(retryAfter)
	if err != nil {
		h.size.Store(0)
	} else {
		h.known.Store(&l.model)
	}
	h.tell() // before anyone can use it, so that a client that was served sees "ready"
	close(h.loading)
	h.loading = nil
	h.rest()
}

func (h *holder) read() (*loaded, error) {
	files, lib, err := h.load(h.ctx)
	if err != nil {
		return nil, nameErrors(err)
	}
	l, err := open(files, lib)
	return l, nameErrors(err)
}

// observe has f told of each load from now on, and of the last one at once.
func (h *holder) observe(f func(Model, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = f
	if h.current != nil || h.failure != nil {
		h.tell()
	}
}

// tell passes the outcome of a load on. Called with mu held.
func (h *holder) tell() {
	switch {
	case h.told == nil || h.ctx.Err() != nil:
	case h.failure != nil:
		h.told(Model{}, h.failure)
	default:
		h.told(h.current.model, nil)
	}
}

func (h *holder) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users--
	h.rest()
}

// rest starts the idle time of a model that nobody uses. Called with mu held.
func (h *holder) rest() {
	if h.users > 0 || h.current == nil || h.idle <= 0 {
		return
	}
	if h.timer == nil {
		h.timer = time.AfterFunc(h.idle, func() { h.unload() })
		return
	}
	h.timer.Reset(h.idle)
}

// unload frees a model that nobody uses and reports whether it did.
func (h *holder) unload() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.current
	if l == nil || h.users > 0 {
		return false
	}
	h.current = nil
	h.size.Store(0)
	if err := l.close(); err != nil {
		h.log.Warn("Model not freed", zap.String("model", l.model.Name), zap.Error(err))
		return true
	}
	h.log.Info("Model unloaded", zap.String("model", l.model.Name))
	return true
}

// close ends a load under way and frees the model once its users are done.
func (h *holder) close() error {
	h.mu.Lock() // no load begins once cancelled
	h.cancel()
	h.mu.Unlock()
	h.tasks.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
	if h.current == nil {
		return nil
	}
	l := h.current
	h.current = nil
	return l.close()
}
