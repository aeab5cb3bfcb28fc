package mcp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"amalfa/search"
)

// errLoading reports that the embedding model is still being loaded.
var errLoading = errors.New("the embedding model is still loading; ask again in a few seconds for semantic results")

// A timeoutEmbedder waits for a slow Embedder until a timeout. The question goes on in the background, which loads the model;
// until it is answered, later questions get errLoading at once.
type timeoutEmbedder struct {
	inner    search.Embedder
	timeout  time.Duration
	lifetime context.Context // ends with the server

	mu      sync.Mutex
	loading bool
	state   string
	running sync.WaitGroup
}

type embedding struct {
	vector []float32
	digest string
	err    error
}

// EmbedQuery implements search.Embedder.
func (t *timeoutEmbedder) EmbedQuery(ctx context.Context, text string) ([]float32, string, error) {
	if !t.start() {
		return nil, "", errLoading
	}
	done := make(chan embedding, 1)
	go t.run(text, done)
	timer := time.NewTimer(t.timeout)
	defer timer.Stop()
	select {
	case e := <-done:
		return e.vector, e.digest, e.err
	case <-ctx.Done():
		return nil, "", ctx.Err()
	case <-timer.C:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case e := <-done:
		return e.vector, e.digest, e.err
	default:
		t.loading = true
		return nil, "", errLoading
	}
}

func (t *timeoutEmbedder) start() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.loading || t.lifetime.Err() != nil {
		return false
	}
	t.running.Add(1)
	return true
}

// run embeds one text; done has room for the result. It is sent under mu, so that EmbedQuery never sets loading after it.
func (t *timeoutEmbedder) run(text string, done chan<- embedding) {
	defer t.running.Done()
	e := t.embed(text)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.loading, t.state = false, "ready"
	if e.err != nil {
		t.state = "unavailable: " + e.err.Error()
	}
	done <- e
}

func (t *timeoutEmbedder) embed(text string) (e embedding) {
	defer func() {
		if r := recover(); r != nil {
			e = embedding{err: fmt.Errorf("embedder panicked: %v", r)}
		}
	}()
	e.vector, e.digest, e.err = t.inner.EmbedQuery(t.lifetime, text)
	return e
}

// status is what is known without asking the embedder: "off", "idle" (nobody asked yet), "loading", "ready" or "unavailable: why".
func (t *timeoutEmbedder) status() string {
	if t == nil {
		return "off"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.loading:
		return "loading"
	case t.state == "":
		return "idle"
	}
	return t.state
}
