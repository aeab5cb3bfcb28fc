package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/services/vector"
	"amalfa/store"

	"go.uber.org/zap"
)

// An embedder gives search and ingest their vectors: from the vector daemon,
// which it starts when nobody has, or from a model loaded in this process when
// the user asked for that or no daemon can run here.
type embedder struct {
	s        *session
	noDaemon bool

	mu     sync.Mutex
	source vector.Embedder
	daemon *daemon.Status // behind source, nil for a model in this process
	seen   time.Time      // when that daemon was last known to be ours
	close  func() error
}

// trustFor is how long a daemon is believed to be the same one. Shorter than a
// stranger could need to take a freed port; longer than the calls of one batch.
const trustFor = time.Second

func (s *session) embedder(noDaemon bool) *embedder {
	return &embedder{s: s, noDaemon: noDaemon, close: func() error { return nil }}
}

// Close unloads a model that was loaded here. A daemon stays.
func (e *embedder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.close()
}

// Model says what makes the vectors. A daemon that was started for another
// workspace may have another default, so the model is asked for by its name.
func (e *embedder) Model(ctx context.Context) (store.Model, error) {
	out, err := e.vectors(ctx, []string{"model"}, vector.EmbedOptions{})
	if err != nil {
		return store.Model{}, err
	}
	return store.Model{Digest: out[0].Digest, Name: out[0].Model, Dim: len(out[0].Values)}, nil
}

// Embed returns the vectors of passages, in order.
func (e *embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out, err := e.vectors(ctx, texts, vector.EmbedOptions{Input: vector.Passage, Bulk: true})
	if err != nil {
		return nil, err
	}
	values := make([][]float32, len(out))
	for i, v := range out {
		values[i] = v.Values
	}
	return values, nil
}

// EmbedQuery returns the vector of a question and the digest of its model.
func (e *embedder) EmbedQuery(ctx context.Context, text string) ([]float32, string, error) {
	out, err := e.vectors(ctx, []string{text}, vector.EmbedOptions{Input: vector.Query})
	if err != nil {
		return nil, "", err
	}
	return out[0].Values, out[0].Digest, nil
}

func (e *embedder) vectors(ctx context.Context, texts []string, o vector.EmbedOptions) ([]vector.Vector, error) {
	src, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	o.Model = e.s.settings.Embeddings.Model
	out, err := src.Embed(ctx, texts, o)
	if !errors.Is(err, vector.ErrUnknownModel) {
		return out, err
	}
	if src, err = e.loadInstead(ctx, src); err != nil {
		return nil, err
	}
	return src.Embed(ctx, texts, o)
}

// loadInstead loads a model that the daemon does not serve, such as one in a
// folder, in this process: once, however many ask for it.
func (e *embedder) loadInstead(ctx context.Context, refused vector.Embedder) (vector.Embedder, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.source != nil && e.source != refused {
		return e.source, nil
	}
	e.s.note("note: the vector service does not serve %s: loading it in this process", e.s.settings.Embeddings.Model)
	return e.load(ctx)
}

// open returns what makes the vectors; e.mu guards a single start.
func (e *embedder) open(ctx context.Context) (vector.Embedder, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.source != nil && (e.daemon == nil || e.stillOurs(ctx)) {
		return e.source, nil
	}
	if !e.noDaemon {
		st, err := e.s.modelDaemon(ctx, "vector")
		if err == nil {
			e.source, e.daemon, e.seen = newClient(st), &st, time.Now()
			return e.source, nil
		}
		if ctx.Err() != nil || !errors.Is(err, errNoDaemon) {
			return nil, err
		}
		e.s.note("note: %s: loading the model in this process", firstLine(err))
	}
	return e.load(ctx)
}

// stillOurs looks again, now and then, whether the daemon that was found is the
// one that would get the next text.
func (e *embedder) stillOurs(ctx context.Context) bool {
	if time.Since(e.seen) < trustFor {
		return true
	}
	svc, _ := registry.Lookup("vector")
	st, err := daemon.Inspect(ctx, e.s.spec(svc))
	if err != nil || !st.Trusted || st.Instance != e.daemon.Instance {
		e.source, e.daemon = nil, nil
		return false
	}
	e.seen = time.Now()
	return true
}

func (e *embedder) load(ctx context.Context) (vector.Embedder, error) {
	kept, closeCache := e.s.embeddingCache(ctx, zap.NewNop())
	engine := vector.NewEngine(e.s.loadModel(e.s.locator(nil)), vector.EngineOptions{Name: e.s.settings.Embeddings.Model, Log: zap.NewNop(), Cache: kept})
	end := func() error { return errors.Join(engine.Close(), closeCache()) }
	if err := engine.Warm(ctx); err != nil {
		return nil, errors.Join(err, end())
	}
	e.source, e.daemon, e.close = engine, nil, end
	return engine, nil
}

// errNoDaemon reports that a service can be neither reached nor started here.
var errNoDaemon = errors.New("no service")

// modelDaemon returns the machine's daemon of that name, started if need be.
func (s *session) modelDaemon(ctx context.Context, name string) (daemon.Status, error) {
	svc, _ := registry.Lookup(name)
	st, err := daemon.Inspect(ctx, s.spec(svc))
	if err != nil || !st.Trusted || st.State != daemon.Ready {
		if err := loopback(); err != nil {
			return st, fmt.Errorf("%w: %w", errNoDaemon, err)
		}
		_, st, err = s.launch(ctx, svc, -1, true, waitReady)
	}
	switch {
	case err != nil:
		return st, fmt.Errorf("%w: %w", errNoDaemon, err)
	case st.State == daemon.Starting:
		return st, fmt.Errorf("the %s service (pid %d) is still loading its model", name, st.PID)
	case !st.Trusted:
		return st, fmt.Errorf("%w: what listens on %s is not amalfa", errNoDaemon, st.Address)
	case st.State == daemon.Degraded:
		return st, fmt.Errorf("%s service: %s", name, st.Error)
	}
	return st, nil
}

// loopback fails where processes cannot reach each other, as in a network
// namespace whose loopback device is down.
func loopback() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer ln.Close()
	conn, err := net.DialTimeout("tcp", ln.Addr().String(), time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}

func newClient(st daemon.Status) *vector.Client {
	return vector.NewClient("http://"+st.Address, &http.Client{Transport: direct(), Timeout: 10 * time.Minute})
}

// direct is a transport that no proxy variable can lead elsewhere.
func direct() *http.Transport {
	return &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
