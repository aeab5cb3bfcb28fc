// Package reranker is the reranking service: the HTTP routes over a
// [rerank.Engine] ([Serve]), in several dialects, and a [Client] of its own.
package reranker

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/lifecycle"
	"amalfa/services"
)

// Serve adds the routes and answers on ls until ctx ends; then it drains and returns nil. The service is ready when its
// model is on disk, loads it at the first request and unloads it when idle. A model or library that is missing makes it
// degraded and its routes answer 503 of the kind "no_model"; once what was missing is there, it is found. The engine is the
// caller's to close.
func Serve(ctx context.Context, srv *services.Server, e *rerank.Engine, ls ...net.Listener) error {
	register(srv, e)
	return srv.ServeBeside(ctx, func(ctx context.Context) {
		e.Watch(ctx, func(m rerank.Model, err error) { report(srv, m, err) })
	}, ls...)
}

// register adds the routes of e to srv and lets e's loads set srv's state.
func register(srv *services.Server, e *rerank.Engine) {
	srv.SetDetail("loaded", func() any { return e.Loaded() })
	srv.SetDetail("runs", func() any { return e.Runs() })
	e.Observe(func(m rerank.Model, err error) { report(srv, m, err) })
	handle := func(pattern string, serve func(http.ResponseWriter, *http.Request, *rerank.Engine), dialect string, fail services.ErrorWriter) {
		srv.HandleAs(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, e) }),
			services.Dialect{Name: dialect, WriteError: fail})
	}
	handle("POST /rerank", serveRerank, "ours, text-embeddings-inference, Infinity", services.WriteError)
	handle("GET /info", serveTEIInfo, "text-embeddings-inference", failTEI)
	handle("POST /v1/rerank", serveCohere, "Cohere, Jina", failCohere)
	handle("POST /v2/rerank", serveCohere, "Cohere, Jina", failCohere)
	handle("POST /api/rerank", serveCohere, "Cohere, Jina", failCohere)
}

func report(srv *services.Server, m rerank.Model, err error) {
	if err != nil {
		reason := err.Error()
		if what := services.Hint(err); what != "" {
			reason += "; " + what
		}
		srv.SetState(lifecycle.Degraded, reason)
		return
	}
	srv.SetDetail("model", m.Name)
	srv.SetDetail("digest", m.Digest)
	srv.SetDetail("precision", m.Precision)
	srv.SetDetail("max_tokens", m.MaxTokens)
	srv.SetState(lifecycle.Ready, "")
}

// kinds has the errors of an engine that a client acts on.
var kinds = services.Kinds{
	http.StatusBadRequest:            {rerank.ErrEmpty},
	http.StatusNotFound:              {rerank.ErrOtherModel},
	http.StatusRequestEntityTooLarge: {rerank.ErrTooLong, inference.ErrTooLarge},
	http.StatusUnprocessableEntity:   {inference.ErrQuarantined},
	http.StatusTooManyRequests:       {inference.ErrBusy},
	http.StatusServiceUnavailable:    {inference.ErrClosed, inference.ErrNoModel, inference.ErrBroken},
}

func bad(format string, args ...any) *services.Error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: fmt.Sprintf(format, args...)}
}
