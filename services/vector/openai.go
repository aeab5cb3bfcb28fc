package vector

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// openAIRequest is the body of OpenAI's POST /v1/embeddings. `user` says who
// asks, which does not matter here; input_type and query are ours.
type openAIRequest struct {
	Input      *inputs `json:"input"`
	Model      string  `json:"model"`
	Encoding   string  `json:"encoding_format"`
	Dimensions *int    `json:"dimensions"`
	User       string  `json:"user"`
	InputType  string  `json:"input_type"`
	Query      bool    `json:"query"`
}

type openAIReply struct {
	Object string         `json:"object"`
	Data   []openAIVector `json:"data"`
	Model  string         `json:"model"`
	Usage  openAIUsage    `json:"usage"`

	Truncated []shortened `json:"truncated,omitempty"` // ours

	made embed.Vector // one of them
}

func (r openAIReply) madeBy() embed.Vector { return r.made }

type openAIVector struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"` // []float32, or base64 of them in little-endian order
}

type openAIUsage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

type openAIModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int    `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// openAIList is a list of models.
type openAIList[T any] struct {
	Object string `json:"object"`
	Data   []T    `json:"data"`
}

type openAIError struct {
	Error struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	} `json:"error"`
}

func openAI() services.Dialect { return services.Dialect{Name: "OpenAI", WriteError: failOpenAI} }

func registerOpenAI(srv *services.Server, e *embed.Engine) {
	handle(srv, "POST /v1/embeddings", openAI(), func(r *http.Request) (any, error) { return openAIEmbed(r, e) })
	handle(srv, "GET /v1/models", openAI(), func(r *http.Request) (any, error) {
		list := []openAIModel{}
		for _, name := range e.Names(r.Context()) {
			list = append(list, newOpenAIModel(name))
		}
		return openAIList[openAIModel]{"list", list}, nil
	})
	handle(srv, "GET /v1/models/{name...}", openAI(), func(r *http.Request) (any, error) {
		name := r.PathValue("name")
		if !slices.Contains(e.Names(r.Context()), name) {
			return nil, fmt.Errorf("%w: %.40q", inference.ErrUnknownModel, name)
		}
		return newOpenAIModel(name), nil
	})
}

func newOpenAIModel(name string) openAIModel {
	return openAIModel{ID: name, Object: "model", OwnedBy: "amalfa"}
}

func openAIEmbed(r *http.Request, e *embed.Engine) (openAIReply, error) {
	var body openAIRequest
	if err := services.ReadJSON(r, &body); err != nil {
		return openAIReply{}, err
	}
	if err := body.check(); err != nil {
		return openAIReply{}, err
	}
	// The dialect promises vectors of length one.
	o := embed.Options{Model: body.Model, Input: embed.Input(body.InputType), Scale: embed.Unit}
	if body.Query {
		o.Input = embed.Query
	}
	vectors, err := body.Input.embed(r.Context(), e, o)
	if err != nil {
		return openAIReply{}, err
	}
	reply, err := body.reply(vectors)
	if err == nil {
		reply.Truncated, err = shortenedOf(r.Context(), e, *body.Input, vectors, o)
	}
	return reply, err
}

func (b *openAIRequest) check() error {
	switch {
	case b.Input == nil:
		return bad("input is missing", "")
	case b.Input.size() == 0:
		return embed.ErrEmpty
	case b.Input.size() > MaxTexts:
		return fmt.Errorf("%w: %d inputs, at most %d a request", inference.ErrTooLarge, b.Input.size(), MaxTexts)
	case !slices.Contains([]string{"", "float", "base64"}, b.Encoding):
		return bad("encoding_format: want float or base64", "")
	case !slices.Contains([]string{"", "query", "passage"}, b.InputType):
		return bad("input_type: want query or passage", "")
	case b.Dimensions != nil && *b.Dimensions <= 0:
		return bad("dimensions: want a positive number", "")
	}
	return checkTexts(b.Input.texts)
}

func (b *openAIRequest) reply(vectors []embed.Vector) (openAIReply, error) {
	reply := openAIReply{Object: "list", Data: []openAIVector{}}
	for i, v := range vectors {
		values, err := shorten(v.Values, b.Dimensions)
		if err != nil {
			return reply, err
		}
		if len(values) < len(v.Values) {
			embed.Normalize(values)
		}
		item := openAIVector{Object: "embedding", Index: i, Embedding: values}
		if b.Encoding == "base64" {
			item.Embedding = toBase64(values)
		}
		reply.Data, reply.Model, reply.made = append(reply.Data, item), v.Model, v
		reply.Usage.PromptTokens += v.Tokens
	}
	reply.Usage.TotalTokens = reply.Usage.PromptTokens
	return reply, nil
}

func toBase64(values []float32) string {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// failOpenAI uses the types and codes that OpenAI's clients know. An empty input is 400 there.
func failOpenAI(w http.ResponseWriter, err error) {
	e := services.Report(w, kinds.Encode(err))
	status, kind, code := e.Status, "invalid_request_error", e.Kind
	switch {
	case errors.Is(err, inference.ErrUnknownModel):
		code = "model_not_found"
	case status == http.StatusUnprocessableEntity:
		status = http.StatusBadRequest
	case status == http.StatusTooManyRequests:
		kind, code = "requests", "rate_limit_exceeded"
	case status >= http.StatusInternalServerError:
		kind = "server_error"
	}
	var body openAIError
	body.Error.Message, body.Error.Type, body.Error.Code = e.Sentence(), kind, &code
	services.WriteJSON(w, status, body)
}
