package app

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"amalfa/daemon"
	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/registry"
	"amalfa/services/vector"
	"amalfa/store"

	"go.uber.org/zap"
)

// An Embedder gives search and ingest their vectors: from the vector daemon,
// which it starts when nobody has, or from a model loaded in this process when
// the user asked for that or no daemon can run here.
type Embedder struct {
	w        *Workspace
	noDaemon bool

	mu     sync.Mutex
	source embed.Embedder
	daemon *daemon.Status // behind source, nil for a model in this process
	seen   time.Time      // when that daemon was last known to be ours
	close  func() error
}

// trustFor is how long a daemon is believed to be the same one. Shorter than a
// stranger could need to take a freed port; longer than the calls of one batch.
const trustFor = time.Second

func (w *Workspace) NewEmbedder(noDaemon bool) *Embedder {
	return &Embedder{w: w, noDaemon: noDaemon, close: func() error { return nil }}
}

// Close unloads a model that was loaded here. A daemon stays.
func (e *Embedder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.close()
}

// Model says what makes the vectors. A daemon that was started for another
// workspace may have another default, so the model is asked for by its name.
func (e *Embedder) Model(ctx context.Context) (store.Model, error) {
	out, err := e.Vectors(ctx, []string{"model"}, embed.Options{})
	if err != nil {
		return store.Model{}, err
	}
	return store.Model{Digest: out[0].Digest, Name: out[0].Model, Dim: len(out[0].Values)}, nil
}

// Embed returns the vectors of passages, in order.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out, err := e.Vectors(ctx, texts, embed.Options{Input: embed.Passage, Bulk: true})
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
func (e *Embedder) EmbedQuery(ctx context.Context, text string) ([]float32, string, error) {
	out, err := e.Vectors(ctx, []string{text}, embed.Options{Input: embed.Query})
	if err != nil {
		return nil, "", err
	}
	return out[0].Values, out[0].Digest, nil
}

// Vectors returns one vector per text, in order, of the settings' model.
func (e *Embedder) Vectors(ctx context.Context, texts []string, o embed.Options) ([]embed.Vector, error) {
	src, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	o.Model = e.w.Settings.Embeddings.Model
	out, err := src.Embed(ctx, texts, o)
	if !errors.Is(err, inference.ErrUnknownModel) {
		return out, err
	}
	if src, err = e.loadInstead(ctx, src); err != nil {
		return nil, err
	}
	return src.Embed(ctx, texts, o)
}

// loadInstead loads a model that the daemon does not serve, such as one in a
// folder, in this process: once, however many ask for it.
func (e *Embedder) loadInstead(ctx context.Context, refused embed.Embedder) (embed.Embedder, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.source != nil && e.source != refused {
		return e.source, nil
	}
	e.w.Notice("note: the vector service does not serve %s: loading it in this process", e.w.Settings.Embeddings.Model)
	return e.load(ctx)
}

// open returns what makes the vectors; e.mu guards a single start.
func (e *Embedder) open(ctx context.Context) (embed.Embedder, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.source != nil && (e.daemon == nil || e.stillOurs(ctx)) {
		return e.source, nil
	}
	if !e.noDaemon {
		st, err := e.w.modelDaemon(ctx, "vector")
		if err == nil {
			e.source, e.daemon, e.seen = newClient(st), &st, time.Now()
			return e.source, nil
		}
		if ctx.Err() != nil || !errors.Is(err, errNoDaemon) {
			return nil, err
		}
		e.w.Notice("note: %s: loading the model in this process", firstLine(err))
	}
	return e.load(ctx)
}

// stillOurs looks again, now and then, whether the daemon that was found is the
// one that would get the next text.
func (e *Embedder) stillOurs(ctx context.Context) bool {
	if time.Since(e.seen) < trustFor {
		return true
	}
	svc, _ := registry.Lookup("vector")
	st, err := e.w.Inspect(ctx, svc)
	if err != nil || !st.Trusted || st.Instance != e.daemon.Instance {
		e.source, e.daemon = nil, nil
		return false
	}
	e.seen = time.Now()
	return true
}

func (e *Embedder) load(ctx context.Context) (embed.Embedder, error) {
	kept, closeCache := e.w.embeddingCache(ctx, zap.NewNop())
	engine := embed.NewEngine(e.w.loadModel(e.w.Locator(nil)), embed.EngineOptions{Name: e.w.Settings.Embeddings.Model, Cache: kept})
	end := func() error { return errors.Join(engine.Close(), closeCache()) }
	if err := engine.Warm(ctx); err != nil {
		return nil, errors.Join(err, end())
	}
	e.source, e.daemon, e.close = engine, nil, end
	return engine, nil
}

func newClient(st daemon.Status) *vector.Client {
	return vector.NewClient("http://"+st.Address, &http.Client{Transport: direct(), Timeout: 10 * time.Minute})
}

// direct is a transport that no proxy variable can lead elsewhere.
func direct() *http.Transport {
	return &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}
}
