package llm

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"amalfa/testdata/testllm"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/goleak"
)

// TestMain fails the package when a goroutine outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
	srv := httptest.NewServer(testllm.ReadFirst(h))
	t.Cleanup(srv.Close)
	return providerAt(t, kind, srv.URL)
}

func providerAt(t *testing.T, kind, url string) *Provider {
	t.Helper()
	c := Config{Provider: kind, BaseURL: url, Key: testllm.Canary, Model: "m", Limits: small}
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

var ask = Request{Model: "m", Messages: []Message{{Role: "user", Content: "hi"}}, Context: 4096}
