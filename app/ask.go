package app

import (
	"context"
	"slices"

	"amalfa/inference/embed"
	"amalfa/registry"
	"amalfa/search"
	"amalfa/services/sonar"
	"amalfa/store"
	"amalfa/tasks/ask"
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

// A Preview is what would be put before a model, where that is, and about what it would cost.
type Preview struct {
	ask.Evidence
	Host   string
	Model  string // "" where it is chosen when asked
	Remote bool
	Cost   *float64 // US dollars, with an answer of UsualAnswer; nil where no price is known
}

// UsualAnswer is the tokens of an answer that a preview reckons with: some ten sentences.
const UsualAnswer = 300

// PreviewAsk finds what a question would send, and sends nothing of it.
func (w *Workspace) PreviewAsk(ctx context.Context, q ask.Question) (p Preview, err error) {
	m, err := w.LanguageModel()
	if err != nil {
		return p, err
	}
	defer m.Close()
	emb := w.NewEmbedder(false)
	defer emb.Close()
	p.Model = m.wouldAsk(ctx)
	p.Host, p.Remote = m.Destination(p.Model)
	tools := ask.Tools{Search: freshSearcher{w, emb}, Rerank: w.ReadyRerank(), Name: p.Model, Count: tokenizer.Estimate,
		Index:   func(ctx context.Context) (store.Store, error) { return w.ReadIndex(ctx) },
		Release: func(model string, found *search.Answer) []string { return sonar.Release(m.Policy, model, found) }}
	if p.Evidence, err = tools.Find(ctx, q); err != nil || !p.Answers() {
		return p, err
	}
	if cost, known := m.meter.Estimate(ctx, p.Model, p.Tokens, UsualAnswer); known {
		p.Cost = &cost
	}
	return p, nil
}

// scorer is what holds sentences against passages by meaning; nil, so that it is done by words, where that would send passages of private
// notes to another machine.
func (e *Embedder) scorer() ask.Scorer {
	if e.url == nil || e.urlErr == nil && e.w.abroad(e.url.at) == nil {
		return e.cosines
	}
	return nil
}

// cosines says how near texts are to sentences: a row for each sentence.
func (e *Embedder) cosines(ctx context.Context, sentences, texts []string) ([][]float64, error) {
	vectors, err := e.vectors(ctx, slices.Concat(sentences, texts), embed.Options{})
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(sentences))
	for i, one := range vectors[:len(sentences)] {
		for _, other := range vectors[len(sentences):] {
			sum := 0.0
			for k, x := range one.Values {
				sum += float64(x) * float64(other.Values[k])
			}
			out[i] = append(out[i], sum)
		}
	}
	return out, nil
}
