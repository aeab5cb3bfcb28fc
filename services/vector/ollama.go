package vector

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"amalfa/inference/embed"
	"amalfa/services"
)

// ollamaRequest is the body of Ollama's POST /api/embed, and with prompt that of the older POST /api/embeddings. keep_alive
// and options are about a process that we do not have; they are accepted and left out. input_type and query are ours.
type ollamaRequest struct {
	Model      string      `json:"model"`
	Input      ollamaText  `json:"input"`
	Prompt     string      `json:"prompt"`
	Truncate   *bool       `json:"truncate"`
	Dimensions *int        `json:"dimensions"`
	InputType  embed.Input `json:"input_type"`
	Query      bool        `json:"query"`
}

// options is what both routes have in common.
func (b *ollamaRequest) options() (embed.Options, error) {
	o := embed.Options{Model: b.Model, Input: b.InputType}
	if b.Query {
		o.Input = embed.Query
	}
	if err := o.Check(); err != nil {
		return o, bad("input_type: want query or passage", "")
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

func readOllama(r *http.Request) (body ollamaRequest, err error) {
	if err = services.ReadJSON(r, &body); err == nil && body.Model == "" {
		err = bad("model is required", "")
	}
	return body, err
}

func ollamaEmbed(r *http.Request, e *embed.Engine) (ollamaReply, error) {
	begin := time.Now()
	body, err := readOllama(r)
	reply := ollamaReply{Model: body.Model, Embeddings: [][]float32{}}
	if err != nil {
		return reply, err
	}
	o, err := body.options()
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
	body, err := readOllama(r)
	if err != nil || body.Prompt == "" {
		return reply, err
	}
	texts := []string{body.Prompt}
	if err := checkTexts(texts); err != nil {
		return reply, err
	}
	o, err := body.options()
	if err != nil {
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
	services.WriteJSON(w, status, map[string]string{"error": said})
}
