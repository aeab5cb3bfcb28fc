package reranker

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"amalfa/inference/rerank"
	"amalfa/services"
)

// maxReply bounds what is read of an answer: the largest request's texts,
// escaped, and what is said of each.
const maxReply = 256 << 20

// Client reranks through the HTTP service. Safe for concurrent use.
type Client struct {
	caller *services.Caller
}

var _ rerank.Reranker = (*Client)(nil)

// NewClient returns a client of the service at baseURL, which must be a
// loopback address. A nil hc means [services.LoopbackClient].
func NewClient(baseURL string, hc *http.Client) *Client {
	return &Client{services.NewCaller("reranking service", baseURL, hc, maxReply)}
}

// Score does what [rerank.Engine.Score] does; it knows long documents in windows only.
func (c *Client) Score(ctx context.Context, r rerank.Request) (rerank.Answer, error) {
	if r.Long != rerank.Windows || r.MaxWindows != 0 || r.Model != "" {
		return rerank.Answer{}, errors.New("the reranking service's own route reads long documents in windows and serves one model")
	}
	if err := r.Check(); err != nil {
		return rerank.Answer{}, err
	}
	a := rerank.NewAnswer(r)
	var reply ownAnswer
	if _, err := c.caller.Call(ctx, http.MethodPost, "/rerank", requestOf(r, a.Order), &reply); err != nil {
		return rerank.Answer{}, kinds.Decode(err)
	}
	if len(reply.Results) != len(r.Documents) {
		return rerank.Answer{}, fmt.Errorf("reranking service %s sent %d scores for %d documents", c.caller.Base(), len(reply.Results), len(r.Documents))
	}
	a.Judged = reply.Judged
	a.Model = rerank.Model{Name: reply.Model, Digest: reply.Digest, Precision: reply.Precision, MaxTokens: reply.MaxTokens}
	if err := fill(&a, reply.Results); err != nil {
		return rerank.Answer{}, err
	}
	return a, nil
}

// fill puts each result in its place.
func fill(a *rerank.Answer, results []ownResult) error {
	taken := make([]bool, len(a.Scores))
	for _, s := range results {
		i := s.OriginalIndex
		if i < 0 || i >= len(taken) || taken[i] {
			return fmt.Errorf("reranking service sent a score for document %d of %d twice or in vain", i, len(taken))
		}
		taken[i] = true
		a.Scores[i] = rerank.Score{Tokens: s.Tokens, Truncated: s.Truncated, Part: s.Part}
		if s.Judged == nil {
			a.Scores[i].Judged, a.Scores[i].Raw, a.Scores[i].Value = true, s.Raw, s.Score
		}
	}
	return nil
}

func requestOf(r rerank.Request, order []int) ownRequest {
	out := ownRequest{Query: r.Query, Documents: r.Documents}
	out.BudgetMs = (r.Budget + time.Millisecond - 1).Milliseconds() // below one is still a budget
	out.PriorScores = make([]float64, len(order))
	for place, i := range order {
		out.PriorScores[i] = float64(len(order) - place)
	}
	return out
}
