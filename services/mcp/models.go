package mcp

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"amalfa/search"

	lru "github.com/hashicorp/golang-lru/v2"
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

// Reads implements search.Reader, where the other does.
func (t *timeoutEmbedder) Reads(text string) float64 {
	if reader, ok := t.inner.(search.Reader); ok {
		return reader.Reads(text)
	}
	return 1
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

const (
	// maxRerank keeps a search well within callTimeout.
	maxRerank = 20 * time.Second
	// rerankDepth is the same for every page of a search, so that a page goes on where the one before it ended.
	rerankDepth = 50
	// maxRankings bounds how many searches can be paged through as they were ranked; it is a few KiB for each.
	maxRankings = 64
)

// rerankOptions says how a search is ranked anew. A further page of one takes the judgements of its first page: a reranker that
// has a time budget would judge others now, and passages would come twice or never.
func (s *Server) rerankOptions(further bool) search.Rerank {
	r := s.o.Rerank
	if r.With == nil {
		return r
	}
	if r.Budget <= 0 || r.Budget > maxRerank {
		r.Budget = maxRerank
	}
	r.With, r.Depth = cachedReranker{r.With, s.rankings, further}, rerankDepth
	return r
}

// A rankingKey is the digest of a question and its passages.
type rankingKey [sha256.Size]byte

// A ranking is a reranker's answer. Whoever gets one must not change it.
type ranking struct {
	judgements []search.Judgement
	err        error
}

// rankingCache holds the rankings of the last searches.
type rankingCache = lru.Cache[rankingKey, ranking]

func newRankingCache() *rankingCache {
	c, _ := lru.New[rankingKey, ranking](maxRankings) // errors come of sizes below one only
	return c
}

// cachedReranker asks a reranker and keeps what it says; a further page of a search is answered by what was kept.
type cachedReranker struct {
	inner   search.Reranker
	cache   *rankingCache
	further bool
}

// Rerank implements search.Reranker.
func (c cachedReranker) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	key := keyOf(question, passages)
	if c.further {
		if r, ok := c.cache.Get(key); ok {
			return r.judgements, r.err
		}
	}
	var r ranking
	r.judgements, r.err = c.inner.Rerank(ctx, question, passages, budget)
	if ctx.Err() == nil {
		c.cache.Add(key, r)
	}
	return r.judgements, r.err
}

func keyOf(question string, passages []string) (key rankingKey) {
	h := sha256.New()
	for _, text := range append([]string{question}, passages...) {
		fmt.Fprintf(h, "%d %s", len(text), text)
	}
	h.Sum(key[:0])
	return key
}
