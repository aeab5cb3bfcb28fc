package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/config"
	"amalfa/inference/embed"
	"amalfa/inference/rerank"
	"amalfa/ingest"
	"amalfa/llm"
	"amalfa/search"
	"amalfa/services/remote"
	"amalfa/tasks/consent"
)

// A ModelServer is one that a setting names in the place of a service of this machine.
type ModelServer struct {
	Setting string // "embeddings.url"
	Model   string
	Host    string // with its port where one is given
	Remote  bool   // it is on another machine
}

// String says where vectors or scores come from, in a few words.
func (s ModelServer) String() string {
	where := "on this machine"
	if s.Remote {
		where = "on another machine"
	}
	return fmt.Sprintf("%s, %s, by %s", s.Host, where, s.Setting)
}

// EmbeddingServer is the one of embeddings.url; nil where the vector service of this machine is asked.
func (w *Workspace) EmbeddingServer() (*ModelServer, error) {
	if w.Settings.Embeddings.URL == "" {
		return nil, nil
	}
	e, err := w.remoteEmbedder()
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return newModelServer("embeddings.url", w.Settings.Embeddings.Model, e), nil
}

// RerankingServer is the one of reranker.url; nil where the reranking service of this machine is asked.
func (w *Workspace) RerankingServer() (*ModelServer, error) {
	if w.Settings.Reranker.URL == "" {
		return nil, nil
	}
	r, err := w.remoteReranker()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return newModelServer("reranker.url", w.Settings.Reranker.Model, r), nil
}

// A hosted is a client of a server.
type hosted interface {
	Host() (host string, remote bool)
}

func newModelServer(setting, model string, at hosted) *ModelServer {
	host, remote := at.Host()
	return &ModelServer{setting, model, host, remote}
}

func (w *Workspace) remoteEmbedder() (*remote.Embedder, error) {
	s := w.Settings.Embeddings
	e, err := remote.NewEmbedder(w.remoteConfig("embeddings.apiKey", s.URL, s.Model, s.APIKey))
	return e, w.remoteError("embeddings.url", e, err)
}

func (w *Workspace) remoteReranker() (*remote.Reranker, error) {
	s := w.Settings.Reranker
	r, err := remote.NewReranker(w.remoteConfig("reranker.apiKey", s.URL, s.Model, s.APIKey))
	return r, w.remoteError("reranker.url", r, err)
}

func (w *Workspace) remoteConfig(key, url, model, secret string) remote.Config {
	w.tellKeyInFile(key, secret)
	return remote.Config{URL: url, Model: model, Key: llm.Secret(secret), Keyring: w.keyring().get, Getenv: w.Env.Getenv, Version: Version()}
}

// remoteError says of what setting an error is; a server on another machine is not asked where nothing may touch the network.
func (w *Workspace) remoteError(setting string, at hosted, err error) error {
	switch {
	case errors.Is(err, llm.ErrConfig):
		return WithHint(fmt.Errorf("%w: %s: %w", config.ErrSettings, setting, err), "correct or unset it: amalfa config unset --user "+setting)
	case err != nil:
		return fmt.Errorf("%w: %s: %w", config.ErrSettings, setting, err)
	}
	if host, far := at.Host(); far && w.Offline {
		return fmt.Errorf("%s: %s is on another machine, and the network is not to be touched (offline)", setting, host)
	}
	return nil
}

// abroad is what of the notes may leave for a server; nil where that is on this machine, and may see all. Whoever names a server in their
// own settings, or by a variable of theirs, has consented to it: no project's file can. Private notes and secrets stay here.
func (w *Workspace) abroad(at hosted) *consent.Policy {
	if _, far := at.Host(); !far {
		return nil
	}
	o := w.consent()
	o.Destination = func(string) (string, bool) { return at.Host() }
	return consent.New(o)
}

// releaseToEmbedder is what ingest asks before it sends passages; nil where all may go.
func (w *Workspace) releaseToEmbedder() func(string, []ingest.Outgoing) ([]string, bool) {
	if w.Settings.Embeddings.URL == "" {
		return nil
	}
	e, err := w.remoteEmbedder()
	if err != nil { // nothing can go there
		return nil
	}
	defer e.Close()
	policy := w.abroad(e)
	if policy == nil {
		return nil
	}
	return func(id string, passages []ingest.Outgoing) ([]string, bool) {
		in := make([]consent.Passage, len(passages))
		for i, p := range passages {
			in[i] = consent.Passage{ID: id, Lines: p.Lines, Text: p.Text}
		}
		released, _ := policy.Release("", in)
		texts := make([]string, len(released))
		for i, p := range released {
			texts[i] = p.Text
		}
		return texts, len(texts) == len(passages)
	}
}

// remoteRerank is how every face ranks by the server of reranker.url.
func (w *Workspace) remoteRerank() search.Rerank {
	out := search.Rerank{Budget: w.Settings.Reranker.Budget}
	r, err := w.remoteReranker()
	if err != nil {
		out.With = noReranker{err}
		return out
	}
	out.With = remoteRanking{r}
	if policy := w.abroad(r); policy != nil {
		out.Release = func(note string, lines [2]int, text string) (string, bool) {
			released, _ := policy.Release("", []consent.Passage{{ID: note, Lines: lines, Text: text}})
			if len(released) == 0 {
				return "", false
			}
			return released[0].Text, true
		}
	}
	return out
}

// noReranker says why there is none, where one was chosen.
type noReranker struct{ err error }

// Rerank is what [search.Reranker] wants.
func (r noReranker) Rerank(context.Context, string, []string, time.Duration) ([]search.Judgement, error) {
	return nil, r.err
}

// remoteRanking lets a search ask a server: within its budget, since nothing here says how far it is.
type remoteRanking struct{ at *remote.Reranker }

// Rerank is what [search.Reranker] wants.
func (r remoteRanking) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	a, err := r.at.Score(ctx, rerank.Request{Query: question, Documents: passages, Budget: budget})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		host, _ := r.at.Host()
		return nil, fmt.Errorf("the reranker at %s cannot be asked: %w", host, err)
	}
	return judgements(a), nil
}

func judgements(a rerank.Answer) []search.Judgement {
	out := make([]search.Judgement, len(a.Scores))
	for i, s := range a.Scores {
		out[i] = search.Judgement{Judged: s.Judged, Score: s.Value}
	}
	return out
}

// interactive bounds how long a server is waited for by who asks a question: the answer by words is there at once.
func interactive(ctx context.Context, o embed.Options) (context.Context, context.CancelFunc) {
	if o.Bulk {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, questionTimeouts().loading)
}
