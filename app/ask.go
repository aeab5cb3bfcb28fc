package app

import (
	"context"

	"amalfa/inference/embed"
	"amalfa/llm"
	"amalfa/registry"
	"amalfa/search"
	"amalfa/services/sonar"
	"amalfa/tasks/ask"
	"amalfa/tasks/consent"
	"amalfa/tokenizer"
)

// Ask has the workspace's sonar answer a question from the notes, and hands on each sentence as it comes.
func (w *Workspace) Ask(ctx context.Context, svc registry.Service, q sonar.AskQuestion, onSentence func(sonar.AskSentence) error) (a sonar.AskAnswer, err error) {
	st, err := w.ReadIndex(ctx) // one that is not there is told before any service starts
	if err != nil {
		return a, err
	}
	if err := st.Close(); err != nil {
		return a, err
	}
	c, end, err := w.Sonar(ctx, svc)
	if err != nil {
		return a, err
	}
	defer end()
	return c.Ask(ctx, q, onSentence)
}

// A Preview is what would be put before a model, and where that is.
type Preview struct {
	ask.Evidence
	Host   string
	Model  string // "" where it is chosen when asked
	Remote bool
}

// PreviewAsk finds what a question would send, and sends nothing.
func (w *Workspace) PreviewAsk(ctx context.Context, q ask.Question) (p Preview, err error) {
	cfg, err := w.sonarConfig()
	if err != nil {
		return p, err
	}
	provider, err := llm.NewProvider(cfg)
	if err != nil {
		return p, err
	}
	defer provider.Close()
	emb := w.NewEmbedder(false)
	defer emb.Close()
	o := w.consent()
	o.Destination = func(string) (string, bool) { return provider.Host(), provider.Remote() }
	policy := consent.New(o)
	tools := ask.Tools{Search: freshSearcher{w, emb}, Rerank: w.ReadyRerank(), Name: cfg.Model, Count: tokenizer.Estimate,
		Release: func(model string, found *search.Answer) []string { return sonar.Release(policy, model, found) }}
	p = Preview{Host: provider.Host(), Remote: provider.Remote(), Model: cfg.Model}
	p.Evidence, err = tools.Find(ctx, q)
	return p, err
}

// cosines says how near texts are to a sentence.
func (e *Embedder) cosines(ctx context.Context, sentence string, texts []string) ([]float64, error) {
	vectors, err := e.vectors(ctx, append([]string{sentence}, texts...), embed.Options{})
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(texts))
	for i := range texts {
		for j, x := range vectors[0].Values {
			out[i] += float64(x) * float64(vectors[i+1].Values[j])
		}
	}
	return out, nil
}
