package cli

import (
	"context"
	"errors"

	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/services/reranker"

	"go.uber.org/zap"
)

// readyReranker returns a client of the machine's reranking daemon when one is
// running and has its model; why not is in the status. It starts nothing.
func (s *session) readyReranker(ctx context.Context) (*reranker.Client, daemon.Status, error) {
	svc, _ := registry.Lookup("reranker")
	st, err := daemon.Inspect(ctx, s.spec(svc))
	if err != nil || !st.Trusted || st.State != daemon.Ready {
		return nil, st, err
	}
	return reranker.NewClient("http://"+st.Address, nil), st, nil
}

// reranker returns what scores pairs, and a function to end it: the daemon,
// started if need be, or the model in this process where that was asked for or
// no daemon can run. A model that is not here is fetched first.
func (s *session) reranker(ctx context.Context, inProcess bool) (reranker.Reranker, func() error, error) {
	kept := func() error { return nil }
	if !inProcess {
		if c, _, err := s.readyReranker(ctx); err != nil || c != nil {
			return c, kept, err
		}
	}
	if err := s.fetchReranker(ctx); err != nil {
		return nil, kept, err
	}
	if !inProcess {
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
