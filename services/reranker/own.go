package reranker

import (
	"net/http"

	"amalfa/inference/rerank"
	"amalfa/services"
)

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
