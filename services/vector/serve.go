package vector

import (
	"context"
	"net"
	"net/http"
	"sync"

	"amalfa/inference/embed"
	"amalfa/lifecycle"
	"amalfa/services"
)

// Serve adds the routes, loads the model in the background and answers on ls
// until ctx ends; then it drains and returns nil. Requests that come while the
// model loads wait for it. A model or library that is missing makes the
// service degraded and its routes answer 503 of the kind "no_model"; once what
// was missing is there, the next request finds it. The engine is the caller's
// to close.
func Serve(ctx context.Context, srv *services.Server, e *embed.Engine, ls ...net.Listener) error {
	register(srv, e)
	warm, cancel := context.WithCancel(ctx)
	var loading sync.WaitGroup
	loading.Go(func() { _ = e.Warm(warm) }) // the outcome is in the server's state
	err := srv.Serve(ctx, lifecycle.Drain, ls...)
	cancel()
	loading.Wait()
	return err
}

// handle adds a route that answers with a value as JSON, or fails as its dialect
// does.
func handle(srv *services.Server, pattern string, writeError services.ErrorWriter, answer func(*http.Request) (any, error)) {
	srv.HandleAs(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply, err := answer(r)
		if err != nil {
			writeError(w, err)
			return
		}
		services.WriteJSON(w, http.StatusOK, reply)
	}), writeError)
}

// register adds the routes of e to srv and lets e's loads set srv's state.
func register(srv *services.Server, e *embed.Engine) {
	e.Observe(func(m embed.Model, err error) { report(srv, m, err) })
	srv.SetDetail("runs", func() any { return e.Stats().Runs })
	srv.Count("amalfa_inferences_total", "Runs of a model: one for a text, or for a window of a long one.", func() float64 { return float64(e.Stats().Runs) })
	if e.Options().Cache != nil {
		srv.Count("amalfa_embedding_cache_hits_total", "Texts whose vector was made before.", func() float64 { return float64(e.Stats().Hits) })
		srv.Count("amalfa_embedding_cache_misses_total", "Texts whose vector was not in the cache.", func() float64 { return float64(e.Stats().Misses) })
	}
	srv.Handle("POST /embed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveEmbed(w, r, e) }))
	registerTEI(srv, e)
	registerOpenAI(srv, e)
	registerOllama(srv, e)
}

func report(srv *services.Server, m embed.Model, err error) {
	if err != nil {
		srv.SetState(lifecycle.Degraded, err.Error())
		return
	}
	srv.SetDetail("model", m.Name)
	srv.SetDetail("digest", m.Digest)
	srv.SetDetail("dimensions", m.Dim)
	srv.SetDetail("max_tokens", m.MaxTokens)
	srv.SetState(lifecycle.Ready, "")
}
