package embed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"amalfa/inference"
	"amalfa/models"
)

// Load says where the model's files and ONNX Runtime's library are. It may
// take its time (to verify, to fetch) and must end when ctx does.
type Load func(ctx context.Context) (files models.Files, lib string, err error)

// A Finder knows the models beside the default one that may be asked for by
// name: those of the catalogue that are on disk.
type Finder struct {
	// Find returns the files of a model and the library's path, without any
	// network. Its error for a model that is not here is models.ErrMissing,
	// and models.ErrUnknown for a name that nobody knows.
	Find func(ctx context.Context, name string) (files models.Files, lib string, err error)
	// List returns the names of the models that Find would find.
	List func(ctx context.Context) []string
}

// shelf holds the models of an engine: the default one and those that were
// asked for by name. Loading one unloads those that were used longest ago
// until all fit under the limit.
type shelf struct {
	main   *holder
	name   string // of main, as the settings have it; "" = not known
	finder *Finder
	limit  int64 // bytes of model files in memory
	idle   time.Duration
	log    *zap.Logger

	mu     sync.Mutex
	others map[string]*holder // by the catalogue's name
	used   []*holder          // longest ago first
	closed bool
}

func newShelf(load Load, o EngineOptions) *shelf {
	s := &shelf{name: o.Name, finder: o.Finder, limit: o.ModelBytes, idle: o.Idle, log: o.Log, others: map[string]*holder{}}
	s.main = s.holder(load)
	return s
}

// A holder is a model's place on the shelf.
type holder struct {
	*inference.Holder[*loaded]
	size  atomic.Int64          // of the model's files, 0 when it is not loaded
	known atomic.Pointer[Model] // what was loaded last; nil before
}

// holder returns a holder that makes room before it loads.
func (s *shelf) holder(load Load) *holder {
	h := &holder{}
	h.Holder = inference.NewHolder(inference.HolderOptions[*loaded]{
		Load: func(ctx context.Context) (*loaded, error) {
			l, err := s.load(ctx, h, load)
			if err != nil {
				h.size.Store(0)
				return nil, nameErrors(err)
			}
			h.known.Store(&l.model)
			return l, nil
		},
		Free: func(l *loaded) error { h.size.Store(0); return l.close() },
		Name: func(l *loaded) string { return l.model.Name },
		Idle: s.idle, Log: s.log,
	})
	return h
}

func (s *shelf) load(ctx context.Context, h *holder, load Load) (*loaded, error) {
	files, lib, err := load(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.makeRoom(h, fileSize(files)); err != nil {
		return nil, err
	}
	return open(files, lib)
}

// describe returns what the holder holds, loading it only if it never was: a
// question about names must not bring an idle model back.
func (h *holder) describe(ctx context.Context) (Model, error) {
	if m := h.known.Load(); m != nil {
		return *m, nil
	}
	l, release, err := h.Acquire(ctx)
	if err != nil {
		return Model{}, err
	}
	defer release()
	return l.model, nil
}

// acquire returns the model of that name, "" for the default one. It returns
// [ErrUnknownModel] for one that cannot be had by that name.
func (s *shelf) acquire(ctx context.Context, name string) (*loaded, func(), error) {
	h, err := s.pick(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	s.touch(h)
	l, release, err := h.Acquire(ctx)
	if h != s.main && (errors.Is(err, models.ErrMissing) || errors.Is(err, models.ErrUnknown)) {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnknownModel, err)
	}
	return l, release, err
}

func (s *shelf) pick(ctx context.Context, name string) (*holder, error) {
	if name == "" || name == s.name || s.isMain(ctx, name) {
		return s.main, nil
	}
	if ctx.Err() != nil { // perhaps it was, and did not come in time
		return nil, context.Cause(ctx)
	}
	m, known := models.Lookup(untagged(name))
	if !known || m.Kind == models.Reranker {
		return nil, fmt.Errorf("%w: %.40q", ErrUnknownModel, name)
	}
	if s.finder == nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknownModel, &models.MissingError{What: "model " + m.Name, Fetch: "amalfa models pull " + m.Name})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	h := s.others[m.Name]
	if h == nil {
		h = s.holder(func(ctx context.Context) (models.Files, string, error) { return s.finder.Find(ctx, m.Name) })
		s.others[m.Name] = h
	}
	return h, nil
}

// isMain asks the default model for its name, if it can be had.
func (s *shelf) isMain(ctx context.Context, name string) bool {
	main, err := s.main.describe(ctx)
	if err != nil {
		return false
	}
	m, known := models.Lookup(untagged(name))
	return untagged(name) == main.Name || known && m.Name == main.Name
}

// untagged takes off the tag that Ollama's clients add.
func untagged(name string) string { return strings.TrimSuffix(name, ":latest") }

// touch moves h to the end of the order in which models are unloaded.
func (s *shelf) touch(h *holder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.used {
		if other == h {
			s.used = append(s.used[:i], s.used[i+1:]...)
			break
		}
	}
	s.used = append(s.used, h)
}

// makeRoom unloads other models until size more bytes fit. A model that is in
// use stays, so room may have to be waited for; one model alone always fits.
func (s *shelf) makeRoom(h *holder, size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := size
	for _, other := range s.used {
		if other != h {
			total += other.size.Load()
		}
	}
	for _, other := range s.used {
		if total <= s.limit {
			break
		}
		if freed := other.size.Load(); other != h && other.Unload() {
			total -= freed
		}
	}
	if total > s.limit && total > size {
		return fmt.Errorf("%w: the models in use fill the memory limit of %d MB", ErrBusy, s.limit>>20)
	}
	h.size.Store(size)
	return nil
}

// fileSize is what a model takes in memory, nearly: its file and the data
// files beside it. Measured for the fp32 default model: 133 MB of files, 146 MB.
func fileSize(files models.Files) int64 {
	var size int64
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(files.ModelPath), "*.onnx_data*"))
	if err != nil {
		paths = nil // a folder's name that looks like a broken pattern
	}
	for _, path := range append(paths, files.ModelPath) {
		if info, err := os.Stat(path); err == nil {
			size += info.Size()
		}
	}
	return size
}

// names lists the models that can be asked for, the default one first.
func (s *shelf) names(ctx context.Context) []string {
	var names []string
	if main, err := s.main.describe(ctx); err == nil {
		names = append(names, main.Name)
	}
	if s.finder == nil || s.finder.List == nil {
		return names
	}
	for _, name := range s.finder.List(ctx) {
		if len(names) == 0 || name != names[0] {
			names = append(names, name)
		}
	}
	return names
}

func (s *shelf) close() error {
	s.mu.Lock()
	s.closed = true
	all := []*holder{s.main}
	for _, h := range s.others {
		all = append(all, h)
	}
	s.mu.Unlock()
	var errs []error
	for _, h := range all {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}
