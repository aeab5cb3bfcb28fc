package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/search"
	"amalfa/services/reranker"

	"github.com/urfave/cli/v3"
	"go.uber.org/zap"
)

// readyReranker returns a client of the machine's reranking daemon when one is
// running and has its model, else nil and how the daemon is. It starts nothing.
func (s *session) readyReranker(ctx context.Context) (*reranker.Client, daemon.Status, error) {
	svc, _ := registry.Lookup("reranker")
	st, err := daemon.Inspect(ctx, s.spec(svc))
	if err != nil || !st.Trusted || st.State != daemon.Ready {
		return nil, st, err
	}
	return reranker.NewClient("http://"+st.Address, nil), st, nil
}

// Ways to a reranker that is not running.
type rerankerOptions struct {
	inProcess bool // no daemon
	fetch     bool // a model that is not here may be fetched
}

// reranker returns what scores pairs, and a function to end it: the daemon,
// started if need be, or the model in this process where that was asked for or
// no daemon can run.
func (s *session) reranker(ctx context.Context, o rerankerOptions) (reranker.Reranker, func() error, error) {
	kept := func() error { return nil }
	if !o.inProcess {
		if c, _, err := s.readyReranker(ctx); err != nil || c != nil {
			return c, kept, err
		}
	}
	if err := s.haveReranker(ctx, o.fetch); err != nil {
		return nil, kept, err
	}
	if !o.inProcess {
		st, err := s.modelDaemon(ctx, "reranker")
		if err == nil || st.Trusted && st.State == daemon.Degraded { // the files are here: it tries again when it is asked
			return reranker.NewClient("http://"+st.Address, nil), kept, nil
		}
		if ctx.Err() != nil || !errors.Is(err, errNoDaemon) {
			return nil, kept, err
		}
		s.note("note: %s: loading the model in this process", firstLine(err))
	}
	engine := reranker.NewEngine(s.findReranker(nil), reranker.EngineOptions{Log: zap.NewNop()})
	return engine, engine.Close, nil
}

// rerankFlags are those of `search`.
func rerankFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "rerank", Usage: "read the best results again with the reranker, started if need be (without it: when it is running)"},
		&cli.BoolFlag{Name: "no-rerank", Usage: "leave the reranker out"},
		&cli.IntFlag{Name: "budget-ms", HideDefault: true, Usage: "spend at most `N` milliseconds on reranking, 0 for as long as it takes (default: reranker.budgetMs, 1500)"},
	}
}

// searchRerank says how a search is ranked anew, and why not where that is
// worth saying. A search never waits for a reranker that nobody asked for.
func (s *session) searchRerank(ctx context.Context, c *cli.Command) (r search.Rerank, skipped string, err error) {
	r = s.readyRerank()
	if c.IsSet("budget-ms") {
		if c.Int("budget-ms") < 0 {
			return r, "", &usageError{fmt.Sprintf("--budget-ms takes 0 or more, not %d", c.Int("budget-ms")), "leave it out for reranker.budgetMs"}
		}
		r.Budget = time.Duration(c.Int("budget-ms")) * time.Millisecond
	}
	switch {
	case c.Bool("rerank") && c.Bool("no-rerank"):
		return r, "", &usageError{"--rerank and --no-rerank exclude each other", "choose one of them"}
	case c.Bool("no-rerank"):
		r.With = nil
	case c.Bool("rerank"):
		rr, err := s.warmReranker(ctx)
		if err != nil {
			r.With = nil
			return r, "reranking was skipped: " + err.Error(), ctx.Err()
		}
		r.With = pairJudge{rr}
	}
	return r, "", nil
}

// warmReranker returns the daemon with its model loaded, so that the budget is
// spent on the passages.
func (s *session) warmReranker(ctx context.Context) (reranker.Reranker, error) {
	rr, _, err := s.reranker(ctx, rerankerOptions{})
	if err != nil {
		return nil, err
	}
	_, err = rr.Score(ctx, reranker.Request{Query: "a", Documents: []string{"a"}})
	return rr, err
}

// readyRerank is how every face ranks where nobody said otherwise: by the
// machine's reranker while it is ready, within the settings' budget.
func (s *session) readyRerank() search.Rerank {
	return search.Rerank{With: readyJudge{s}, Budget: s.settings.Reranker.Budget}
}

// A readyJudge asks the reranking daemon that is ready when a question comes.
// One that is not running, or lacks its model, is not missed: nobody asked for
// it. One that runs and cannot be asked is.
type readyJudge struct{ s *session }

// Rerank is what [search.Reranker] wants.
func (j readyJudge) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	client, st, err := j.s.readyReranker(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case client != nil:
		return pairJudge{client}.Rerank(ctx, question, passages, budget)
	case err == nil && st.State == daemon.Starting:
		return nil, errors.New("the reranker is starting")
	case err == nil && st.State == daemon.Failed:
		return nil, fmt.Errorf("the reranker cannot be asked: %s", st.Error)
	}
	return nil, search.ErrNoReranker
}

// pairJudge lets a search ask a reranker.
type pairJudge struct{ reranker.Reranker }

// judgeGrace is what a reranker gets beyond its budget, in which it finishes
// the pair that it reads. One that takes longer has come to a standstill.
const judgeGrace = 5 * time.Second

// Rerank is what [search.Reranker] wants.
func (j pairJudge) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	if budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, budget+judgeGrace, fmt.Errorf("the reranker did not answer within %v", budget+judgeGrace))
		defer cancel()
	}
	a, err := j.Score(ctx, reranker.Request{Query: question, Documents: passages, Budget: budget})
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
