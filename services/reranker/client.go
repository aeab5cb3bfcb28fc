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

// maxReply bounds what is read of an answer: the largest request's texts, escaped, and what is said of each.
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
	out.PriorScores = make(numbers, len(order))
	for place, i := range order {
		out.PriorScores[i] = float64(len(order) - place)
	}
	return out
}

// ownRequest is the form of the program that amalfa follows.
type ownRequest struct {
	Query     string   `json:"query"`
	Documents strs     `json:"documents"`
	TopK      *int     `json:"topK,omitempty"`
	Threshold *float64 `json:"threshold,omitempty"`
	common
}

type ownResult struct {
	Text          string  `json:"text"`
	Score         float64 `json:"score"`
	OriginalIndex int     `json:"originalIndex"`
	Raw           float64 `json:"raw"`
	Tokens        int     `json:"tokens"`
	remarks
}

type ownAnswer struct {
	Results   []ownResult `json:"results"`
	Count     int         `json:"count"`
	Judged    int         `json:"judged"`
	Model     string      `json:"model"`
	Digest    string      `json:"digest"`
	Precision string      `json:"precision"`
	MaxTokens int         `json:"max_tokens"`
}

func serveOwn(w http.ResponseWriter, r *http.Request, e *rerank.Engine, body *ownRequest) {
	a, err := score(r, e, body)
	if err != nil {
		services.WriteError(w, kinds.Encode(err))
		return
	}
	a.setHeaders(w.Header())
	services.WriteJSON(w, http.StatusOK, body.answer(a))
}

func (b *ownRequest) request() (rerank.Request, error) {
	if b.TopK != nil && *b.TopK < 1 {
		return rerank.Request{}, bad("topK: want 1 or more")
	}
	request := rerank.Request{Query: b.Query, Documents: b.Documents}
	err := b.apply(&request)
	return request, err
}

func (b *ownRequest) answer(a answer) ownAnswer {
	out := ownAnswer{Results: []ownResult{}, Judged: a.Judged,
		Model: a.Model.Name, Digest: a.Model.Digest, Precision: a.Model.Precision, MaxTokens: a.Model.MaxTokens}
	for _, i := range a.top(b.TopK) {
		s := a.Scores[i]
		if b.Threshold != nil && s.Value < *b.Threshold {
			continue
		}
		out.Results = append(out.Results, ownResult{b.Documents[i], s.Value, i, a.raw(i), s.Tokens, remarksOf(s)})
	}
	out.Count = len(out.Results)
	return out
}
