package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/lifecycle"
	"amalfa/search"
	"amalfa/services/reranker"

	"go.uber.org/zap"
)

// A rerankClient scores pairs by the machine's reranking daemon.
type rerankClient struct {
	service *modelService
	at      daemon.Status
}

// Score does what [reranker.Client.Score] does, while the daemon answers.
func (c rerankClient) Score(ctx context.Context, r rerank.Request) (a rerank.Answer, err error) {
	client := reranker.NewClient("http://"+c.at.Address, c.service.http)
	err = c.service.ask(ctx, c.at, rerankTimeouts(), func(ctx context.Context) (err error) {
		a, err = client.Score(ctx, r)
		return err
	})
	return a, err
}

// The reranker loads its model at the first request, and a large one takes long.
func rerankTimeouts() timeouts {
	t := bulkTimeouts()
	t.silent = questionTimeouts().silent
	return t
}

// rerankerOptions are ways to a reranker that is not running.
type rerankerOptions struct {
	InProcess bool // no daemon
	Fetch     bool // a model that is not here may be fetched
}

// openReranker returns what scores pairs, and a function to end it: the daemon, started if need be, or the model in this
// process where that was asked for or no daemon can run.
func (w *Workspace) openReranker(ctx context.Context, o rerankerOptions) (rerank.Reranker, func() error, error) {
	kept := func() error { return nil }
	if w.Settings.Reranker.URL != "" {
		r, err := w.remoteReranker()
		if err != nil {
			return nil, kept, err
		}
		return r, func() error { r.Close(); return nil }, nil
	}
	service := w.modelService("reranker")
	if !o.InProcess {
		st, err := service.running(ctx)
		if err != nil || st.Trusted && st.State == lifecycle.Ready {
			return rerankClient{service, st}, kept, err
		}
	}
	if err := w.haveReranker(ctx, o.Fetch); err != nil {
		return nil, kept, err
	}
	if !o.InProcess {
		st, err := service.ready(ctx, rerankTimeouts())
		if err == nil || st.Trusted && st.State == lifecycle.Degraded { // the files are here: it tries again when it is asked
			return rerankClient{service, st}, kept, nil
		}
		if ctx.Err() != nil || !errors.Is(err, errNoDaemon) {
			return nil, kept, err
		}
		w.Notice("note: %s: loading the model in this process", firstLine(err))
	}
	engine := rerank.NewEngine(w.findReranker(nil, func() config.Settings { return w.Settings }), inference.Options{Log: zap.NewNop()})
	return engine, engine.Close, nil
}

// WarmReranker returns the daemon with its model loaded, so that the budget is spent on the passages.
func (w *Workspace) WarmReranker(ctx context.Context) (search.Reranker, error) {
	if w.Settings.Reranker.URL != "" {
		return w.remoteRerank().With, nil
	}
	rr, _, err := w.openReranker(ctx, rerankerOptions{})
	if err == nil {
		_, err = rr.Score(ctx, rerank.Request{Query: "a", Documents: []string{"a"}})
	}
	return searchReranker{rr}, advised(err)
}

// ReadyRerank is how every face ranks where nobody said otherwise: by the
// machine's reranker while it is ready, within the settings' budget.
func (w *Workspace) ReadyRerank() search.Rerank {
	if w.Settings.Reranker.URL != "" {
		return w.remoteRerank()
	}
	return search.Rerank{With: readyReranker{w.modelService("reranker")}, Budget: w.Settings.Reranker.Budget}
}

// A readyReranker asks the reranking daemon that is ready when a question comes. One that is not running, or lacks its
// model, is not missed: nobody asked for it. One that runs and cannot be asked is.
type readyReranker struct{ service *modelService }

// Rerank is what [search.Reranker] wants.
func (r readyReranker) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	st, err := r.service.running(ctx)
	var hung *HungError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &hung):
		return nil, fmt.Errorf("the reranker cannot be asked: %s (pid %d): %s", hung.Why, hung.PID, hung.Hint())
	case err != nil:
		return nil, search.ErrNoReranker
	case st.Trusted && st.State == lifecycle.Ready:
		return searchReranker{rerankClient{r.service, st}}.Rerank(ctx, question, passages, budget)
	case st.State == lifecycle.Starting:
		return nil, errors.New("the reranker is starting")
	case st.State == lifecycle.Failed:
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
		return nil, advised(err)
	}
	return judgements(a), nil
}
