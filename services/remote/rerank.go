package remote

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"sync/atomic"

	"amalfa/inference/rerank"
	"amalfa/llm"
)

// The dialects of reranking: that of text-embeddings-inference, and the one that Cohere, Jina, Infinity, vLLM and llama.cpp share.
const cohere = "cohere"

// A Reranker asks a server for scores. Safe for concurrent use.
type Reranker struct {
	server
	model string
	at    atomic.Int32 // of routes: those before it are not there
	raw   atomic.Bool  // it answers logits: one of them was no share
}

// NewReranker checks c and connects to nothing. A URL without a path, or that ends in /rerank without a version, is asked as
// text-embeddings-inference is, and where that is refused as Cohere is; with another path it is the base URL of Cohere's dialect.
// Errors wrap llm.ErrConfig.
func NewReranker(c Config) (*Reranker, error) {
	s, err := open(c, []route{{"rerank", cohere}}, []route{{"rerank", tei}, {"rerank", cohere}, {"v1/rerank", cohere}, {"v2/rerank", cohere}})
	return &Reranker{server: s, model: c.Model}, err
}

// passages of a request: a search has a time, and what the server has judged until it is over counts.
const requestDocuments = 8

// Score implements rerank.Reranker: the documents go in their Order, some at a time, until ctx or the budget ends. What was judged by
// then is the answer; an error is that of the first request. Where one score is no share, all are taken for logits, from then on.
func (r *Reranker) Score(ctx context.Context, q rerank.Request) (rerank.Answer, error) {
	if err := q.Check(); err != nil {
		return rerank.Answer{}, err
	}
	a := rerank.NewAnswer(q)
	a.Model.Name = r.model
	if q.Budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, q.Budget)
		defer cancel()
	}
	for at := 0; at < len(a.Order); at += requestDocuments {
		some := a.Order[at:min(at+requestDocuments, len(a.Order))]
		texts := make([]string, len(some))
		for i, d := range some {
			texts[i] = q.Documents[d]
		}
		scores, err := r.fit(ctx, q.Query, texts)
		if err != nil && at == 0 {
			return rerank.Answer{}, err
		}
		if err != nil {
			break
		}
		for i, s := range scores {
			if s < 0 || s > 1 {
				r.raw.Store(true)
			}
			a.Scores[some[i]] = rerank.Score{Judged: true, Raw: s}
		}
		a.Judged += len(some)
	}
	for i := range a.Scores {
		if s := &a.Scores[i]; s.Judged {
			s.Raw, s.Value = scales(s.Raw, r.raw.Load())
		}
	}
	return a, nil
}

// scales are a score as a logit and as a share.
func scales(s float64, isLogit bool) (logit, share float64) {
	if isLogit {
		return s, 1 / (1 + math.Exp(-s))
	}
	return math.Log(max(s, math.SmallestNonzeroFloat32) / max(1-s, math.SmallestNonzeroFloat32)), s
}

// fit asks for fewer documents at once, and for less of one, until the server does not find them too many or too long.
func (r *Reranker) fit(ctx context.Context, query string, texts []string) ([]float64, error) {
	scores, err := r.request(ctx, query, texts)
	if half := (len(texts) + 1) / 2; tooLarge(err) && len(texts) > 1 {
		if scores, err = r.fit(ctx, query, texts[:half]); err != nil {
			return nil, err
		}
		rest, err := r.fit(ctx, query, texts[half:])
		return append(scores, rest...), err
	}
	for tooLarge(err) && len(texts) == 1 && len(texts[0]) > leastText {
		texts = []string{shorter(texts[0])}
		scores, err = r.request(ctx, query, texts)
	}
	return scores, err
}

// request asks at the first route that the server has.
func (r *Reranker) request(ctx context.Context, query string, texts []string) (scores []float64, err error) {
	var none error // that tells most
	for i := int(r.at.Load()); i < len(r.routes); i++ {
		scores, err = r.ask(ctx, r.routes[i], query, texts)
		switch {
		case err == nil:
			r.at.Store(int32(i)) // #nosec G115 -- of four routes
			return scores, nil
		case tooLarge(err) || !notThere(err) && !notUnderstood(err):
			return nil, err
		case none == nil || telling(err) > telling(none):
			none = err
		}
	}
	return nil, none
}

// telling ranks what servers say of a route: that it is not there, that a field is missing (422), why they refuse what they understand.
func telling(err error) int {
	switch f, _ := errors.AsType[*llm.Fault](err); f.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return 0
	case http.StatusUnprocessableEntity:
		return 1
	}
	return 2
}

// notUnderstood tells whether an error says that a server speaks another dialect.
func notUnderstood(err error) bool {
	f, ok := errors.AsType[*llm.Fault](err)
	return ok && (f.Status == http.StatusBadRequest || f.Status == http.StatusUnprocessableEntity)
}

// scored is one document of an answer, in both dialects.
type scored struct {
	Index     int
	Score     *float64
	Relevance *float64 `json:"relevance_score"`
}

func (s scored) value() *float64 {
	if s.Score != nil {
		return s.Score
	}
	return s.Relevance
}

const (
	scoredBytes = 4 << 10 // of one document in an answer, which some servers repeat in part
	moreBytes   = 1 << 20
)

func (r *Reranker) ask(ctx context.Context, at route, query string, texts []string) ([]float64, error) {
	in := map[string]any{"model": r.model, "query": query, "documents": texts, "return_documents": false}
	if at.dialect == tei {
		in = map[string]any{"query": query, "texts": texts, "truncate": true}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	data, _, err := r.provider.Post(ctx, at.path, body, int64(len(body)+len(texts)*scoredBytes+moreBytes), true)
	if err != nil {
		return nil, err
	}
	var list []scored
	if at.dialect == tei {
		err = decode(r.provider, data, &list)
	} else {
		var v struct{ Results []scored }
		err = decode(r.provider, data, &v)
		list = v.Results
	}
	if err != nil {
		return nil, err
	}
	return r.inOrder(list, len(texts))
}

// inOrder puts each score in its place, and refuses an answer that lacks one.
func (r *Reranker) inOrder(list []scored, want int) ([]float64, error) {
	if len(list) != want {
		return nil, garbage(r.provider, "has %d scores for %d documents", len(list), want)
	}
	out, taken := make([]float64, want), make([]bool, want)
	for _, s := range list {
		v := s.value()
		if s.Index < 0 || s.Index >= want || taken[s.Index] || v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
			return nil, garbage(r.provider, "has no usable score for each document")
		}
		taken[s.Index], out[s.Index] = true, *v
	}
	return out, nil
}
