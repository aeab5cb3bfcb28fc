package reranker

import (
	"crypto/rand"
	"net/http"
	"time"

	"amalfa/inference/rerank"
	"amalfa/services"
)

// infinityRequest is the body of Infinity's POST /rerank
// (michaelfeil/infinity:libs/infinity_emb/infinity_emb/fastapi_schemas/pymodels.py).
type infinityRequest struct {
	Model           string `json:"model"`
	Query           string `json:"query"`
	Documents       strs   `json:"documents"`
	TopN            *int   `json:"top_n"`
	ReturnDocuments bool   `json:"return_documents"`
	RawScores       bool   `json:"raw_scores"`
	common
}

type infinityResult struct {
	Score    float64 `json:"relevance_score"`
	Index    int     `json:"index"`
	Document *string `json:"document"`
	remarks
}

type infinityAnswer struct {
	Object  string           `json:"object"`
	Results []infinityResult `json:"results"`
	Model   string           `json:"model"`
	Usage   usage            `json:"usage"`
	ID      string           `json:"id"`
	Created int64            `json:"created"`
	Judged  int              `json:"judged"`
}

type usage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

func (a answer) usage() usage { return usage{a.tokens(), a.tokens()} }

type infinityError struct {
	Error struct {
		Message string  `json:"message"`
		Type    *string `json:"type"`
		Param   *string `json:"param"`
		Code    int     `json:"code"`
	} `json:"error"`
}

// failInfinity answers in the shape of OpenAI's errors, which Infinity uses; what is wrong with a request is 422 there.
func failInfinity(w http.ResponseWriter, err error) {
	e := services.Report(w, kinds.Encode(err))
	var body infinityError
	body.Error.Message, body.Error.Type, body.Error.Code = e.Sentence(), &e.Kind, e.Status
	if e.Status == http.StatusBadRequest {
		body.Error.Code = http.StatusUnprocessableEntity
	}
	services.WriteJSON(w, body.Error.Code, body)
}

func serveInfinity(w http.ResponseWriter, r *http.Request, e *rerank.Engine, body *infinityRequest, err error) {
	var a answer
	if err == nil {
		a, err = score(r, e, body)
	}
	if err != nil {
		failInfinity(w, err)
		return
	}
	out := infinityAnswer{Object: "rerank", Results: []infinityResult{}, Model: a.Model.Name, Usage: a.usage(),
		ID: "infinity-" + rand.Text(), Created: time.Now().Unix(), Judged: a.Judged}
	for _, i := range a.top(body.TopN) {
		result := infinityResult{Score: a.value(i, body.RawScores), Index: i, remarks: remarksOf(a.Scores[i])}
		if body.ReturnDocuments {
			result.Document = &body.Documents[i]
		}
		out.Results = append(out.Results, result)
	}
	a.setHeaders(w.Header())
	services.WriteJSON(w, http.StatusOK, out)
}

func (b *infinityRequest) request() (rerank.Request, error) {
	if b.TopN != nil && *b.TopN < 1 {
		return rerank.Request{}, bad("top_n: want 1 or more")
	}
	request := rerank.Request{Query: b.Query, Documents: b.Documents, Model: b.Model}
	err := b.apply(&request)
	return request, err
}
