package vector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// teiSimilarity is the body of text-embeddings-inference's POST /similarity, which Hugging Face's client sends to POST /.
type teiSimilarity struct {
	Inputs struct {
		Source    *string  `json:"source_sentence"`
		Sentences []string `json:"sentences"`
	} `json:"inputs"`
	Parameters struct {
		Truncate   *bool   `json:"truncate"`
		Direction  string  `json:"truncation_direction"`
		PromptName *string `json:"prompt_name"`
	} `json:"parameters"`
}

// teiBody is what POST / takes: texts to embed, or an object of texts to compare.
type teiBody struct {
	embed   *teiRequest
	similar *teiSimilarity
}

// UnmarshalJSON tells the two by what inputs is.
func (b *teiBody) UnmarshalJSON(data []byte) error {
	var keys struct {
		Inputs json.RawMessage `json:"inputs"`
	}
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	if bytes.HasPrefix(keys.Inputs, []byte("{")) {
		b.similar = &teiSimilarity{}
		return json.Unmarshal(data, b.similar)
	}
	b.embed = newTEIRequest()
	return json.Unmarshal(data, b.embed)
}

func registerTEIMore(srv *services.Server, e *embed.Engine) {
	srv.HandleAs("POST /{$}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveTEIRoot(w, r, e) }), tei())
	srv.HandleAs("POST /similarity", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body teiSimilarity
		err := services.ReadJSON(r, &body)
		serveSimilarity(w, r, e, &body, err)
	}), tei())
	for _, refused := range []struct{ pattern, why string }{
		{"POST /embed_sparse", "Model is not an embedding model with SPLADE pooling"},
		{"POST /predict", "`predict` is not available for embedding models"},
	} {
		handle(srv, refused.pattern, tei(), func(r *http.Request) (any, error) {
			var body teiTokenizeRequest
			if err := services.ReadJSON(r, &body); err != nil {
				return nil, err
			}
			if _, err := body.options(); err != nil {
				return nil, err
			}
			return nil, &services.Error{Status: http.StatusFailedDependency, Kind: "backend", Message: refused.why}
		})
	}
	answers := make(chan struct{}, maxRowAnswers)
	srv.HandleAs("POST /embed_all", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case answers <- struct{}{}:
			defer func() { <-answers }()
			serveTEIAll(w, r, e)
		case <-r.Context().Done():
			failTEI(w, context.Cause(r.Context()))
		}
	}), tei())
	srv.HandleAs("GET /ping", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := e.Warm(r.Context()); err != nil {
			failTEI(w, err)
		}
	}), tei())
}

// maxRowAnswers is how many answers with vectors of tokens are made and written at once: each takes up to 130 MiB.
const maxRowAnswers = 2

// serveTEIAll answers a vector for each token of each text, special ones included. They are as the model has them, and none is left out,
// so normalize and dimensions mean nothing.
func serveTEIAll(w http.ResponseWriter, r *http.Request, e *embed.Engine) {
	body := newTEIRequest()
	err := services.ReadJSON(r, body)
	if err == nil {
		err = body.check()
	}
	var rows []embed.Rows
	if err == nil {
		rows, err = e.EmbedRows(r.Context(), body.Inputs.texts, body.Inputs.ids, body.options())
	}
	out, vectors := make([][][]float32, len(rows)), make([]embed.Vector, len(rows))
	for i, v := range rows {
		out[i], vectors[i] = v.Values, embed.Vector{Tokens: len(v.Values), Truncated: v.Truncated, Model: v.Model, Digest: v.Digest}
	}
	if err == nil {
		err = body.tell(w, r, e, vectors)
	}
	if errors.Is(err, embed.ErrNoRows) {
		err = &services.Error{Status: http.StatusFailedDependency, Kind: "backend", Message: "Model gives one vector for a text and none for its tokens"}
	}
	if err != nil {
		failTEI(w, err)
		return
	}
	setModel(w.Header(), vectors[0])
	services.WriteJSON(w, http.StatusOK, out)
}

func serveTEIRoot(w http.ResponseWriter, r *http.Request, e *embed.Engine) {
	var body teiBody
	err := services.ReadJSON(r, &body)
	if body.similar == nil {
		if body.embed == nil {
			body.embed = newTEIRequest() // the JSON null, or none
		}
		serveTEI(w, r, e, body.embed, err)
		return
	}
	serveSimilarity(w, r, e, body.similar, err)
}

func serveSimilarity(w http.ResponseWriter, r *http.Request, e *embed.Engine, body *teiSimilarity, err error) {
	var scores []float64
	if err == nil {
		scores, err = body.scores(w, r, e)
	}
	if err != nil {
		failTEI(w, err)
		return
	}
	services.WriteJSON(w, http.StatusOK, scores)
}

// request is the body's texts as one request, the source first.
func (b *teiSimilarity) request() (*teiRequest, error) {
	switch n := len(b.Inputs.Sentences); {
	case b.Inputs.Source == nil:
		return nil, bad("`inputs.source_sentence` is missing", "")
	case n == 0:
		return nil, fmt.Errorf("%w: `inputs.sentences` cannot be empty", embed.ErrEmpty)
	case n >= MaxTexts:
		return nil, fmt.Errorf("%w: batch size %d > maximum allowed batch size %d", inference.ErrTooLarge, n, MaxTexts-1)
	}
	request := newTEIRequest()
	request.Inputs.texts = append([]string{*b.Inputs.Source}, b.Inputs.Sentences...)
	request.Truncate, request.Direction, request.PromptName = b.Parameters.Truncate, b.Parameters.Direction, b.Parameters.PromptName
	return request, request.check()
}

// scores are the cosines of the source with each sentence.
func (b *teiSimilarity) scores(w http.ResponseWriter, r *http.Request, e *embed.Engine) ([]float64, error) {
	request, err := b.request()
	if err != nil {
		return nil, err
	}
	vectors, err := request.embed(r, e) // of length one, so that products are cosines
	if err != nil {
		return nil, err
	}
	if err := request.tell(w, r, e, vectors); err != nil {
		return nil, err
	}
	scores := make([]float64, len(vectors)-1)
	for i, v := range vectors[1:] {
		for j, x := range v.Values {
			scores[i] += float64(x) * float64(vectors[0].Values[j])
		}
	}
	return scores, nil
}
