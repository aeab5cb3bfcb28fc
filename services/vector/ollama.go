package vector

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"amalfa/inference/embed"
	"amalfa/services"
)

// ollamaRequest is the body of Ollama's POST /api/embed. keep_alive and options are about a process that we do not have; they are accepted
// and left out. input_type and query are ours.
type ollamaRequest struct {
	Model      string      `json:"model"`
	Input      ollamaText  `json:"input"`
	Truncate   *bool       `json:"truncate"`
	Dimensions *int        `json:"dimensions"`
	InputType  embed.Input `json:"input_type"`
	Query      bool        `json:"query"`
}

// ollamaOldRequest is the body of the older POST /api/embeddings.
type ollamaOldRequest struct {
	Model     string      `json:"model"`
	Prompt    string      `json:"prompt"`
	InputType embed.Input `json:"input_type"`
	Query     bool        `json:"query"`
}

// ollamaOptions is what both routes have in common.
func ollamaOptions(model string, input embed.Input, query bool) (embed.Options, error) {
	o := embed.Options{Model: model, Input: input}
	if model == "" {
		return o, bad("model is required", "")
	}
	if err := o.Check(); err != nil {
		return o, bad("input_type: want query or passage", "")
	}
	if query {
		o.Input = embed.Query
	}
	return o, nil
}

// ollamaText is a string or a list of strings.
type ollamaText []string

// UnmarshalJSON reads an empty string as no text: Ollama's clients send one to have a model loaded.
func (t *ollamaText) UnmarshalJSON(data []byte) error {
	var one string
	var list []string
	switch {
	case json.Unmarshal(data, &one) == nil:
		if *t = nil; one != "" {
			*t = ollamaText{one}
		}
	case json.Unmarshal(data, &list) == nil:
		*t = list
	default:
		return bad("invalid input type", "")
	}
	return nil
}

type ollamaReply struct {
	Model           string      `json:"model"`
	Embeddings      [][]float32 `json:"embeddings"`
	TotalDuration   int64       `json:"total_duration"` // nanoseconds
	LoadDuration    int64       `json:"load_duration"`
	PromptEvalCount int         `json:"prompt_eval_count"`
	Truncated       []shortened `json:"truncated,omitempty"` // ours
}

func ollama() services.Dialect { return services.Dialect{Name: "Ollama", WriteError: failOllama} }

func registerOllama(srv *services.Server, e *embed.Engine) {
	handle(srv, "POST /api/embed", ollama(), func(r *http.Request) (any, error) { return ollamaEmbed(r, e) })
	registerOllamaModels(srv, e)
	handle(srv, "POST /api/embeddings", ollama(), func(r *http.Request) (any, error) { return ollamaOldEmbed(r, e) })
}

func ollamaEmbed(r *http.Request, e *embed.Engine) (ollamaReply, error) {
	begin := time.Now()
	var body ollamaRequest
	reply := ollamaReply{Embeddings: [][]float32{}}
	if err := services.ReadJSON(r, &body); err != nil {
		return reply, err
	}
	reply.Model = body.Model
	o, err := ollamaOptions(body.Model, body.InputType, body.Query)
	if err != nil {
		return reply, err
	}
	o.Scale = embed.Unit
	if body.Truncate != nil && !*body.Truncate {
		o.Long = embed.Refuse
	}
	if err := checkTexts(body.Input); err != nil {
		return reply, err
	}
	vectors, err := e.Embed(r.Context(), body.Input, o)
	if err != nil {
		return reply, err
	}
	if reply.Truncated, err = shortenedOf(r.Context(), e, inputs{texts: body.Input}, vectors, o); err != nil {
		return reply, err
	}
	for _, v := range vectors {
		values := v.Values
		if n := body.Dimensions; n != nil && *n > 0 && *n < len(values) { // any other number means all, as there
			values = values[:*n]
		}
		embed.Normalize(values)
		reply.Embeddings = append(reply.Embeddings, values)
		reply.PromptEvalCount += v.Tokens
	}
	reply.TotalDuration = time.Since(begin).Nanoseconds()
	return reply, nil
}

type ollamaOldReply struct {
	Embedding []float32   `json:"embedding"`
	Truncated []shortened `json:"truncated,omitempty"` // ours
}

// ollamaOldEmbed does not scale what the model gives, as Ollama does not on this route.
func ollamaOldEmbed(r *http.Request, e *embed.Engine) (ollamaOldReply, error) {
	reply := ollamaOldReply{Embedding: []float32{}}
	var body ollamaOldRequest
	if err := services.ReadJSON(r, &body); err != nil {
		return reply, err
	}
	o, err := ollamaOptions(body.Model, body.InputType, body.Query)
	if err != nil || body.Prompt == "" {
		return reply, err
	}
	texts := []string{body.Prompt}
	if err := checkTexts(texts); err != nil {
		return reply, err
	}
	vectors, err := e.Embed(r.Context(), texts, o)
	if err != nil {
		return reply, err
	}
	reply.Embedding = vectors[0].Values
	reply.Truncated, err = shortenedOf(r.Context(), e, inputs{texts: texts}, vectors, o)
	return reply, err
}

type ollamaError struct {
	Error string `json:"error"`
}

// failOllama answers with Ollama's shape, one sentence. An empty text in a list is 400 there.
func failOllama(w http.ResponseWriter, err error) {
	e := services.Report(w, kinds.Encode(err))
	status := e.Status
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	said := e.Sentence()
	if errors.Is(err, embed.ErrTooLong) {
		said = "the input length exceeds the context length: " + said // the words that its clients look for
	}
	services.WriteJSON(w, status, ollamaError{said})
}
