package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	source source
	close  func() error
}

// A source is what vector.Client and vector.Engine have in common.
type source interface {
	Model(ctx context.Context) (vector.Model, error)
	Embed(ctx context.Context, texts []string, o vector.EmbedOptions) ([]vector.Vector, error)
}

func (s *session) embedder(noDaemon bool) *embedder {
	return &embedder{s: s, noDaemon: noDaemon, close: func() error { return nil }}
}

// Close unloads a model that was loaded here. A daemon stays.
func (e *embedder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.close()
}

// Model says what makes the vectors.
func (e *embedder) Model(ctx context.Context) (store.Model, error) {
	src, err := e.open(ctx)
	if err != nil {
		return store.Model{}, err
	}
	m, err := src.Model(ctx)
	return store.Model{Digest: m.Digest, Name: m.Name, Dim: m.Dim}, err
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
	m, err := e.Model(ctx)
	return out[0].Values, m.Digest, err
}

func (e *embedder) vectors(ctx context.Context, texts []string, o vector.EmbedOptions) ([]vector.Vector, error) {
	src, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	return src.Embed(ctx, texts, o)
}

func (e *embedder) open(ctx context.Context) (source, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.source != nil {
		return e.source, nil
	}
	if !e.noDaemon {
		client, err := e.s.dial(ctx)
		if err == nil {
			e.source = client
			return client, nil
		}
		if ctx.Err() != nil || !errors.Is(err, errNoDaemon) {
			return nil, err
		}
		e.s.note("note: %v: loading the model in this process", err)
	}
	engine := vector.NewEngine(e.s.loadModel(nil), vector.EngineOptions{Log: zap.NewNop()})
	if err := engine.Warm(ctx); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	e.source, e.close = engine, engine.Close
	return engine, nil
}

// errNoDaemon reports that no vector daemon can be reached or started here.
var errNoDaemon = errors.New("no vector service")

// dial returns a client of the machine's vector daemon, started if need be.
func (s *session) dial(ctx context.Context) (*vector.Client, error) {
	svc, _ := registry.Lookup("vector")
	st, err := daemon.Inspect(ctx, s.spec(svc))
	if err != nil || !st.Trusted || st.State != daemon.Ready {
		_, st, err = s.launch(ctx, svc, -1, true, waitReady)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errNoDaemon, err)
	case !st.Trusted:
		return nil, fmt.Errorf("%w: what listens on %s is not amalfa", errNoDaemon, st.Address)
	case st.State == daemon.Degraded:
		return nil, fmt.Errorf("vector service: %s", st.Error)
	}
	return vector.NewClient("http://"+st.Address, &http.Client{Transport: direct(), Timeout: 10 * time.Minute}), nil
}

// direct is a transport that no proxy variable can lead elsewhere.
func direct() *http.Transport {
	return &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: 10 * time.Minute}
}
