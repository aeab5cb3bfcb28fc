package mcp

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"amalfa/search"
)

const (
	// maxRerank keeps a search well within callTimeout.
	maxRerank = 20 * time.Second
	// rerankDepth is the same for every page of a search, so that a page goes on where the one before it ended.
	rerankDepth = 50
	// keptRankings bounds how many searches can be paged through as they were judged; it is a few KiB for each.
	keptRankings = 64
)

// reranking is how a search is ranked anew. A further page of one takes the judgements of its first page: a reranker that
// has a time budget would judge others now, and passages would come twice or never.
func (s *Server) reranking(further bool) search.Rerank {
	r := s.o.Rerank
	if r.With == nil {
		return r
	}
	if r.Budget <= 0 || r.Budget > maxRerank {
		r.Budget = maxRerank
	}
	r.With, r.Depth = steady{s.judged, r.With, further}, rerankDepth
	return r
}

// steady asks a reranker, or recalls what it said.
type steady struct {
	*judged
	ask    search.Reranker
	recall bool
}

// Rerank implements search.Reranker.
func (s steady) Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]search.Judgement, error) {
	key := rankingKey(question, passages)
	if s.recall {
		if said, ok := s.get(key); ok {
			return said.judgements, said.err
		}
	}
	var said ruling
	said.judgements, said.err = s.ask.Rerank(ctx, question, passages, budget)
	if ctx.Err() == nil {
		s.put(key, said)
	}
	return said.judgements, said.err
}

// judged holds what was said of the last searches. Its zero value holds nothing. Safe for concurrent use.
type judged struct {
	mu    sync.Mutex
	said  map[[sha256.Size]byte]ruling
	order [][sha256.Size]byte // oldest first
}

// A ruling is a reranker's answer. Whoever gets one must not change it.
type ruling struct {
	judgements []search.Judgement
	err        error
}

func rankingKey(question string, passages []string) (key [sha256.Size]byte) {
	h := sha256.New()
	for _, text := range append([]string{question}, passages...) {
		fmt.Fprintf(h, "%d %s", len(text), text)
	}
	h.Sum(key[:0])
	return key
}

func (j *judged) get(key [sha256.Size]byte) (ruling, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	said, ok := j.said[key]
	return said, ok
}

func (j *judged) put(key [sha256.Size]byte, said ruling) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.said == nil {
		j.said = map[[sha256.Size]byte]ruling{}
	}
	if _, known := j.said[key]; !known {
		j.order = append(j.order, key)
	}
	j.said[key] = said
	if len(j.order) > keptRankings {
		delete(j.said, j.order[0])
		j.order = j.order[1:]
	}
}
