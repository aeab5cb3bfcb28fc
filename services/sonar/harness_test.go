package sonar

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// canary is the key of every test; it must never come out of the package except in the header to its own host.
const canary = "sk-canary-0123456789abcdef"

// small are limits of size that let a fault show at once, and of time that a busy machine does not reach.
var small = Limits{
	Silence: 20 * time.Second, Total: 30 * time.Second,
	Response: 64 << 10, Stream: 256 << 10, Line: 16 << 10,
}

// within shortens the times for a provider that is meant to exceed them.
func (l Limits) within(d time.Duration) Limits {
	l.Silence, l.Total = d, 2*d
	return l
}

// fakeProvider starts an upstream and a Provider for it that waits for nothing between tries.
func fakeProvider(t *testing.T, kind string, h http.HandlerFunc) *Provider {
	t.Helper()
	srv := httptest.NewServer(readFirst(h))
	t.Cleanup(srv.Close)
	return providerAt(t, kind, srv.URL)
}

// readFirst reads the request's body before h runs: only then does a Go server notice that its client has gone.
func readFirst(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	})
}

func providerAt(t *testing.T, kind, url string) *Provider {
	t.Helper()
	c := Config{Provider: kind, BaseURL: url, Key: canary, Model: "m", Limits: small}
	if kind == OpenAI {
		c.BaseURL += "/v1"
	}
	p, err := NewProvider(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	p.backOff = func() *backoff.ExponentialBackOff {
		return &backoff.ExponentialBackOff{InitialInterval: 1, MaxInterval: 1, Multiplier: 1}
	}
	return p
}

// providerInMemory has h answer without a network, so that its test may run in a synctest bubble.
func providerInMemory(t *testing.T, h http.HandlerFunc) *Provider {
	t.Helper()
	p := providerAt(t, OpenAI, "http://127.0.0.1")
	p.http.Transport = roundTripper(h)
	return p
}

type roundTripper http.HandlerFunc

func (h roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	h(w, r)
	return w.Result(), nil
}

func event(w io.Writer, data string) { fmt.Fprintf(w, "data: %s\n\n", data) }

func delta(s string) string {
	return fmt.Sprintf(`{"model":"m1","choices":[{"delta":{"content":%s}}]}`, mustJSON(s))
}

func sse(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/event-stream") }

const stopChunk = `{"choices":[{"delta":{},"finish_reason":"stop"}]}`

var ask = Request{Model: "m", Messages: []Message{{Role: "user", Content: "hi"}}, Context: 4096}

// watched is a writer that tells when it has seen a text.
type watched struct {
	mu    sync.Mutex
	text  strings.Builder
	want  string
	found chan struct{}
	told  bool
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(b)
	if !w.told && strings.Contains(w.text.String(), w.want) {
		w.told = true
		close(w.found)
	}
	return len(b), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
