package reranker

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"amalfa/services"
	"amalfa/services/engine"
)

// drain is how long accepted requests may take after the stop signal. `stop`
// kills after the same time by default; [services.Server.Cut] ends it early.
const drain = 10 * time.Second

// lookAgain is how often a service without a usable model looks for one. That
// costs a few system calls where nothing is, or nothing has changed.
const lookAgain = 5 * time.Second

// Serve adds the routes and answers on ls until ctx ends; then it drains and
// returns nil. The service is ready when its model is on disk, loads it at the
// first request and unloads it when idle. A model or library that is missing
// makes it degraded and its routes answer 503 of the kind "no_model"; once what
// was missing is there, it is found. The engine is the caller's to close.
func Serve(ctx context.Context, srv *services.Server, e *Engine, ls ...net.Listener) error {
	register(srv, e)
	looking, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { e.look(looking, srv) })
	err := srv.Serve(ctx, drain, ls...)
	cancel()
	all.Wait()
	return err
}

// look finds out whether the files are there, until they are, and again where
// they could not be loaded and have changed since.
func (e *Engine) look(ctx context.Context, srv *services.Server) {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		if e.stale() {
			m, err := e.find(ctx)
			if ctx.Err() != nil {
				return
			}
			report(srv, m, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// register adds the routes of e to srv and lets e's loads set srv's state.
func register(srv *services.Server, e *Engine) {
	srv.SetDetail("loaded", false)
	freed := func() { srv.SetDetail("loaded", false) }
	e.freed.Store(&freed)
	e.holder.Observe(func(l *loaded, err error) {
		if err != nil {
			report(srv, Model{}, err)
			return
		}
		srv.SetDetail("loaded", true)
		report(srv, l.model, nil)
	})
	handle := func(pattern string, serve func(http.ResponseWriter, *http.Request, *Engine), fail services.Fail) {
		srv.HandleAs(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, e) }), fail)
	}
	handle("POST /rerank", serveRerank, services.WriteError)
	handle("GET /info", serveTEIInfo, failTEI)
	handle("POST /v1/rerank", serveCohere, failCohere)
	handle("POST /v2/rerank", serveCohere, failCohere)
	handle("POST /api/rerank", serveCohere, failCohere)
}

func report(srv *services.Server, m Model, err error) {
	if err != nil {
		reason := err.Error()
		if what := engine.Hint(err, ""); what != "" {
			reason += "; " + what
		}
		srv.SetState(services.Degraded, reason)
		return
	}
	srv.SetDetail("model", m.Name)
	srv.SetDetail("digest", m.Digest)
	srv.SetDetail("precision", m.Precision)
	srv.SetDetail("max_tokens", m.MaxTokens)
	srv.SetState(services.Ready, "")
}
