package mcp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"amalfa/search"
)

// errWarming reports that the embedding model is still being loaded.
var errWarming = errors.New("the embedding model is still loading; ask again in a few seconds for semantic results")

// patient asks an Embedder that may be slow to start, and waits only so long. The question goes on in the background, which
// is what warms the model; until it is answered, later questions do not wait at all.
type patient struct {
	inner    search.Embedder
	patience time.Duration
	life     context.Context // ends with the server

	mu      sync.Mutex
	warming bool
	state   string
	running sync.WaitGroup
}

type embedding struct {
	vector []float32
	digest string
	err    error
}

// EmbedQuery implements search.Embedder.
func (p *patient) EmbedQuery(ctx context.Context, text string) ([]float32, string, error) {
	if !p.begin() {
		return nil, "", errWarming
	}
	done := make(chan embedding, 1)
	go p.ask(text, done)
	timer := time.NewTimer(p.patience)
	defer timer.Stop()
	select {
	case e := <-done:
		return e.vector, e.digest, e.err
	case <-ctx.Done():
		return nil, "", ctx.Err()
	case <-timer.C:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case e := <-done:
		return e.vector, e.digest, e.err
	default:
		p.warming = true
		return nil, "", errWarming
	}
}

func (p *patient) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.warming || p.life.Err() != nil {
		return false
	}
	p.running.Add(1)
	return true
}

// ask puts one question. done has room for the answer.
func (p *patient) ask(text string, done chan<- embedding) {
	defer p.running.Done()
	e := p.embed(text)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.warming, p.state = false, "ready"
	if e.err != nil {
		p.state = "unavailable: " + e.err.Error()
	}
	done <- e
}

func (p *patient) embed(text string) (e embedding) {
	defer func() {
		if r := recover(); r != nil {
			e = embedding{err: fmt.Errorf("embedder panicked: %v", r)}
		}
	}()
	e.vector, e.digest, e.err = p.inner.EmbedQuery(p.life, text)
	return e
}

// status says what is known without asking: "off", "idle" (nobody asked yet), "loading", "ready" or "unavailable: why".
func (p *patient) status() string {
	if p == nil {
		return "off"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.warming:
		return "loading"
	case p.state == "":
		return "idle"
	}
	return p.state
}
