package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"amalfa/config"
	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/models"
	"amalfa/services/remote"
	"amalfa/services/vector"
	"amalfa/store"

	"go.uber.org/zap"
)

// An Embedder gives search and ingest their vectors: from the server of embeddings.url where that is set, else from the vector daemon,
// which it starts when nobody has, or from a model loaded in this process when the user asked for that or no daemon can run here. Safe
// for concurrent use.
type Embedder struct {
	w        *Workspace
	noDaemon bool
	service  *modelService
	told     sync.Once           // of a service that runs with another precision
	known    func() models.Model // that of the settings, as the catalogue has it
	url      *urlEmbedder        // nil without embeddings.url
	urlErr   error               // why it cannot be asked

	mu    sync.Mutex
	local *embed.Engine // the model in this process, nil until it is needed
	close func() error
}

// NewEmbedder makes one; nothing is started or loaded before it is asked.
func (w *Workspace) NewEmbedder(noDaemon bool) *Embedder {
	known := sync.OnceValue(func() models.Model {
		m, _ := models.Lookup(w.Settings.Embeddings.Model)
		return m
	})
	e := &Embedder{w: w, noDaemon: noDaemon, service: w.modelService("vector"), known: known, close: func() error { return nil }}
	if w.Settings.Embeddings.URL != "" {
		at, err := w.remoteEmbedder()
		e.url, e.urlErr = &urlEmbedder{w: w, at: at, local: e.inProcess}, err
	}
	return e
}

// For makes the Embedder tell its model by this index and no other.
func (e *Embedder) For(st store.Store) *Embedder {
	if e.url != nil {
		e.url.index = st
	}
	return e
}

// inProcess embeds a text as it stands by the model in this process.
func (e *Embedder) inProcess(ctx context.Context, text string) (embed.Vector, error) {
	local, err := e.load(ctx, "")
	if err != nil {
		return embed.Vector{}, err
	}
	out, err := local.Embed(ctx, []string{text}, embed.Options{Model: e.w.Settings.Embeddings.Model})
	if err != nil {
		return embed.Vector{}, err
	}
	return out[0], nil
}

// Close unloads a model that was loaded here. A daemon stays.
func (e *Embedder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.url != nil && e.urlErr == nil {
		e.url.at.Close()
	}
	return e.close()
}

// Model says what makes the vectors. A daemon that was started for another
// workspace may have another default, so the model is asked for by its name.
func (e *Embedder) Model(ctx context.Context) (store.Model, error) {
	out, err := e.vectorsWithin(ctx, []string{"model"}, embed.Options{Bulk: e.url != nil}, bulkTimeouts())
	if err != nil {
		return store.Model{}, advised(err)
	}
	return store.Model{Digest: out[0].Digest, Name: out[0].Model, Dim: len(out[0].Values)}, nil
}

// Probe implements ingest.Prober.
func (e *Embedder) Probe(ctx context.Context) ([]float32, error) {
	out, err := e.vectors(ctx, []string{remote.ProbeText}, embed.Options{Bulk: true})
	if err != nil {
		return nil, advised(err)
	}
	values := slices.Clone(out[0].Values)
	embed.Normalize(values)
	return values, nil
}

// Embed returns the vectors of passages, in order.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out, err := e.vectors(ctx, texts, embed.Options{Input: embed.Passage, Bulk: true})
	if err != nil {
		return nil, advised(err)
	}
	values := make([][]float32, len(out))
	for i, v := range out {
		values[i] = v.Values
	}
	return values, nil
}

// EmbedQuery returns the vector of a question and the digest of its model.
func (e *Embedder) EmbedQuery(ctx context.Context, text string) ([]float32, string, error) {
	out, err := e.vectors(ctx, []string{text}, embed.Options{Input: embed.Query})
	if err != nil {
		return nil, "", advised(err)
	}
	return out[0].Values, out[0].Digest, nil
}

// Reads is the share of a text that the model of the settings was made to read.
func (e *Embedder) Reads(text string) float64 { return e.known().Reads(text) }

// EmbedAs returns one vector per text, in order; input is "query", "passage", or "" for no prefix.
func (e *Embedder) EmbedAs(ctx context.Context, texts []string, input string) ([]embed.Vector, error) {
	return e.vectors(ctx, texts, embed.Options{Input: embed.Input(input), Bulk: len(texts) > 1})
}

// advised puts what to do about a daemon that hangs into the error itself: an
// answer that goes without it says why in one sentence.
func advised(err error) error {
	var hung *HungError
	if errors.As(err, &hung) {
		return fmt.Errorf("%w: %s", err, hung.Hint())
	}
	return err
}

// vectors are of the settings' model.
func (e *Embedder) vectors(ctx context.Context, texts []string, o embed.Options) ([]embed.Vector, error) {
	t := questionTimeouts()
	if o.Bulk {
		t = bulkTimeouts()
	}
	return e.vectorsWithin(ctx, texts, o, t)
}

func (e *Embedder) vectorsWithin(ctx context.Context, texts []string, o embed.Options, t timeouts) ([]embed.Vector, error) {
	if e.url != nil {
		if e.urlErr != nil {
			return nil, e.urlErr
		}
		return e.url.vectors(ctx, texts, o)
	}
	o.Model = e.w.Settings.Embeddings.Model
	why := ""
	if !e.noDaemon && !e.loaded() {
		out, err := e.askDaemon(ctx, texts, o, t)
		switch {
		case errors.Is(err, inference.ErrUnknownModel):
			why = "the vector service does not serve " + o.Model + ": loading it in this process"
		case errors.Is(err, errNoDaemon) && ctx.Err() == nil:
			why = firstLine(err) + ": loading the model in this process"
		default:
			return out, err
		}
	}
	local, err := e.load(ctx, why)
	if err != nil {
		return nil, err
	}
	return local.Embed(ctx, texts, o)
}

func (e *Embedder) askDaemon(ctx context.Context, texts []string, o embed.Options, t timeouts) (out []embed.Vector, err error) {
	st, err := e.service.ready(ctx, t)
	if err != nil {
		return nil, err
	}
	e.told.Do(func() {
		if text := e.w.Outdated(st.Service, st); strings.Contains(text, "embeddings.precision") { // by a variable, which a service cannot follow
			e.w.Notice("warning: vector: %s", text)
		}
	})
	client := vector.NewClient("http://"+st.Address, e.service.http)
	err = e.service.ask(ctx, st, t, func(ctx context.Context) (err error) {
		out, err = client.Embed(ctx, texts, o)
		return err
	})
	return out, err
}

func (e *Embedder) loaded() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.local != nil
}

// load loads the model in this process: once, however many ask for it. why is told to the person where no one asked for it.
func (e *Embedder) load(ctx context.Context, why string) (*embed.Engine, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.local != nil {
		return e.local, nil
	}
	if why != "" {
		e.w.Notice("note: %s", why)
	}
	kept, closeCache := e.w.embeddingCache(ctx, zap.NewNop())
	engine := embed.NewEngine(e.w.loadModel(e.w.Locator(nil), func() config.Embeddings { return e.w.Settings.Embeddings }), embed.EngineOptions{Name: e.w.Settings.Embeddings.Model, Cache: kept})
	end := func() error { return errors.Join(engine.Close(), closeCache()) }
	if err := engine.Warm(ctx); err != nil {
		return nil, errors.Join(err, end())
	}
	e.local, e.close = engine, end
	return engine, nil
}
