package vector

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"amalfa/services"
)

// maxForwarded bounds an answer that is passed on: the largest request's texts,
// escaped, and what is said of each.
const maxForwarded = 256 << 20

// Forward returns a handler that lets another service on this machine answer a
// request: the same route at the address that find returns. The body goes there
// and no header of the client; what comes back is passed on as it is. An
// error of find is the answer; one that is no [services.Error] is 503.
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
		Hint: `run "amalfa servers" to see how it is`}
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
	for _, name := range []string{"Content-Type", "Retry-After", "Amalfa-Model", "Amalfa-Judged"} {
		if v := resp.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(answer) // the client has gone: nobody is left to tell
	return nil
}
