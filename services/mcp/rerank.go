package mcp

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"amalfa/search"
)

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
