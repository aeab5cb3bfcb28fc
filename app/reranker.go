package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/daemon"
	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/search"
	"amalfa/services/reranker"

	"go.uber.org/zap"
)

// ReadyReranker returns a client of the machine's reranking daemon when one is
// running and has its model, else nil and how the daemon is. It starts nothing.
func (w *Workspace) rerankClient(ctx context.Context) (*reranker.Client, daemon.Status, error) {
	svc, _ := registry.Lookup("reranker")
	st, err := w.Inspect(ctx, svc)
	if err != nil || !st.Trusted || st.State != lifecycle.Ready {
		return nil, st, err
	}
	return reranker.NewClient("http://"+st.Address, nil), st, nil
}

// RerankerOptions are ways to a reranker that is not running.
type RerankerOptions struct {
	InProcess bool // no daemon
	Fetch     bool // a model that is not here may be fetched
}

// Reranker returns what scores pairs, and a function to end it: the daemon,
// started if need be, or the model in this process where that was asked for or
// no daemon can run.
func (w *Workspace) Reranker(ctx context.Context, o RerankerOptions) (rerank.Reranker, func() error, error) {
	kept := func() error { return nil }
	if !o.InProcess {
		if c, _, err := w.rerankClient(ctx); err != nil || c != nil {
			return c, kept, err
		}
	}
	if err := w.haveReranker(ctx, o.Fetch); err != nil {
		return nil, kept, err
	}
	if !o.InProcess {
		st, err := w.modelDaemon(ctx, "reranker")
		if err == nil || st.Trusted && st.State == lifecycle.Degraded { // the files are here: it tries again when it is asked
			return reranker.NewClient("http://"+st.Address, nil), kept, nil
		}
		if ctx.Err() != nil || !errors.Is(err, errNoDaemon) {
			return nil, kept, err
		}
		w.Notice("note: %s: loading the model in this process", firstLine(err))
	}
	engine := rerank.NewEngine(w.findReranker(nil), inference.Options{Log: zap.NewNop()})
	return engine, engine.Close, nil
}

// WarmReranker returns the daemon with its model loaded, so that the budget is
// spent on the passages.
func (w *Workspace) WarmReranker(ctx context.Context) (search.Reranker, error) {
	rr, _, err := w.Reranker(ctx, RerankerOptions{})
	if err != nil {
		return nil, err
	}
	_, err = rr.Score(ctx, rerank.Request{Query: "a", Documents: []string{"a"}})
	return searchReranker{rr}, err
}

// ReadyRerank is how every face ranks where nobody said otherwise: by the
// machine's reranker while it is ready, within the settings' budget.
func (w *Workspace) ReadyRerank() search.Rerank {
	return search.Rerank{With: readyReranker{w}, Budget: w.Settings.Reranker.Budget}
}

// A readyReranker asks the reranking daemon that is ready when a question comes.
// One that is not running, or lacks its model, is not missed: nobody asked for
// it. One that runs and cannot be asked is.
type readyReranker struct{ w *Workspace }

// Rerank is what [search.Reranker] wants.
func (r readyReranker) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	client, st, err := r.w.rerankClient(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case client != nil:
		return searchReranker{client}.Rerank(ctx, question, passages, budget)
	case err == nil && st.State == lifecycle.Starting:
		return nil, errors.New("the reranker is starting")
	case err == nil && st.State == lifecycle.Failed:
		return nil, fmt.Errorf("the reranker cannot be asked: %s", st.Error)
	}
	return nil, search.ErrNoReranker
}

// searchReranker lets a search ask a reranker.
type searchReranker struct{ rerank.Reranker }

// rerankGrace is what a reranker gets beyond its budget, in which it finishes
// the pair that it reads. One that takes longer has come to a standstill.
const rerankGrace = 5 * time.Second

// Rerank is what [search.Reranker] wants.
func (r searchReranker) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	if budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, budget+rerankGrace, fmt.Errorf("the reranker did not answer within %v", budget+rerankGrace))
		defer cancel()
	}
	a, err := r.Score(ctx, rerank.Request{Query: question, Documents: passages, Budget: budget})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	out := make([]search.Judgement, len(a.Scores))
	for i, s := range a.Scores {
		out[i] = search.Judgement{Judged: s.Judged, Score: s.Value}
	}
	return out, nil
}

// UseReranker takes another reranking model, which the person has named.
func (w *Workspace) UseReranker(model string) {
	w.Settings.Reranker.Model, w.untrustedReranker = model, false
}
