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
		if err == nil {
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
	r.Budget = s.settings.Reranker.Budget
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
		return r, "", nil
	case c.Bool("rerank"):
		rr, err := s.warmReranker(ctx)
		if err != nil {
			return r, "reranking was skipped: " + err.Error(), ctx.Err()
		}
		r.With = pairJudge{rr}
		return r, "", nil
	}
	client, st, err := s.readyReranker(ctx)
	switch {
	case client != nil:
		r.With = pairJudge{client}
	case err == nil && st.Trusted && st.State == daemon.Starting:
		skipped = "reranking was skipped: the reranker is starting"
	}
	return r, skipped, nil
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

// pairJudge lets a search ask a reranker.
type pairJudge struct{ reranker.Reranker }

// Rerank is what [search.Reranker] wants.
func (j pairJudge) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	a, err := j.Score(ctx, reranker.Request{Query: question, Documents: passages, Budget: budget})
	if err != nil {
		return nil, err
	}
	out := make([]search.Judgement, len(a.Scores))
	for i, s := range a.Scores {
		out[i] = search.Judgement{Judged: s.Judged, Score: s.Value}
	}
	return out, nil
}
