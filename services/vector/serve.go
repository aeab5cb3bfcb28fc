// Package vector is the embedding service: the HTTP routes over an
// [embed.Engine] ([Serve]), in several dialects, and a [Client] of its own.
package vector

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/lifecycle"
	"amalfa/services"
)

// Serve adds the routes, loads the model in the background and answers on ls until ctx ends; then it drains and returns nil.
// Requests that come while the model loads wait for it. A model or library that is missing makes the service degraded and
// its routes answer 503 of the kind "no_model"; once what was missing is there, the next request finds it. The engine is the
// caller's to close.
func Serve(ctx context.Context, srv *services.Server, e *embed.Engine, ls ...net.Listener) error {
	register(srv, e)
	return srv.ServeBeside(ctx, func(ctx context.Context) { _ = e.Warm(ctx) }, ls...) // the outcome is in the server's state
}

// handle adds a route that answers with a value as JSON, or fails as its dialect does.
func handle(srv *services.Server, pattern string, d services.Dialect, answer func(*http.Request) (any, error)) {
	srv.HandleAs(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply, err := answer(r)
		if err != nil {
			d.WriteError(w, err)
			return
		}
		if cut, ok := reply.(interface{ shortened() []shortened }); ok {
			setShortened(w.Header(), cut.shortened())
		}
		if by, ok := reply.(interface{ madeBy() embed.Vector }); ok {
			setModel(w.Header(), by.madeBy())
		}
		services.WriteJSON(w, http.StatusOK, reply)
	}), d)
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
	srv.HandleAs("POST /embed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveEmbed(w, r, e) }),
		services.Dialect{Name: "ours, text-embeddings-inference", WriteError: services.WriteError})
	registerTEI(srv, e)
	registerTEIMore(srv, e)
	registerInfinity(srv, e)
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

// kinds has the errors of an engine that a client acts on.
var kinds = services.Kinds{
	http.StatusNotFound:              {inference.ErrUnknownModel},
	http.StatusRequestEntityTooLarge: {inference.ErrTooLarge},
	http.StatusUnprocessableEntity:   {embed.ErrEmpty, embed.ErrTooLong, embed.ErrTokens, inference.ErrQuarantined},
	http.StatusTooManyRequests:       {inference.ErrBusy},
	http.StatusServiceUnavailable:    {inference.ErrClosed, inference.ErrNoModel, inference.ErrBroken},
}

// maxForwarded bounds an answer that is passed on: the largest request's texts, escaped, and what is said of each.
const maxForwarded = 256 << 20

// ForwardRerank adds the reranking service's first route to srv, for clients that know one address for both.
func ForwardRerank(srv *services.Server, find func(ctx context.Context) (baseURL string, err error)) {
	srv.HandleAs("POST /rerank", Forward(find), services.Dialect{Name: "that of the reranking service", WriteError: services.WriteError})
}

// Forward returns a handler that lets another service on this machine answer a request: the same route at the address that
// find returns. The body goes there and no header of the client; what comes back is passed on as it is. An error of find is
// the answer; one that is no [services.Error] is 503.
func Forward(find func(ctx context.Context) (baseURL string, err error)) http.Handler {
	client := services.LoopbackClient()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := forward(w, r, client, find); err != nil {
			services.WriteError(w, unreachable(err))
		}
	})
}

func unreachable(err error) error {
	var e *services.Error
	if errors.As(err, &e) || errors.Is(err, context.Canceled) {
		return err
	}
	return &services.Error{Status: http.StatusServiceUnavailable, Kind: "unreachable", Message: "the service that answers this cannot be reached",
		Advice: `run "amalfa servers" to see how it is`}
}

func forward(w http.ResponseWriter, r *http.Request, client *http.Client, find func(context.Context) (string, error)) error {
	base, err := find(r.Context())
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body) // the server bounds it
	if err != nil {
		return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: "the body ended early or is too large"}
	}
	request, err := http.NewRequestWithContext(r.Context(), r.Method, base+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(request)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxForwarded))
	if err != nil {
		return err
	}
	for _, name := range []string{"Content-Type", "Retry-After", "Amalfa-Model", "Amalfa-Judged", truncatedHeader, cutHeader} {
		if v := resp.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(answer) // the client has gone: nobody is left to tell
	return nil
}
