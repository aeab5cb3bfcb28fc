package vector

import (
	"context"
	"net/http"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// teiInfo is what text-embeddings-inference's GET /info answers.
type teiInfo struct {
	ModelID               string         `json:"model_id"`
	ModelSHA              *string        `json:"model_sha"`
	ModelDType            string         `json:"model_dtype"`
	ServedModelName       string         `json:"served_model_name"`
	ModelType             map[string]any `json:"model_type"`
	MaxConcurrentRequests int            `json:"max_concurrent_requests"`
	MaxInputLength        int            `json:"max_input_length"`
	MaxBatchTokens        int            `json:"max_batch_tokens"`
	MaxBatchRequests      *int           `json:"max_batch_requests"`
	MaxClientBatchSize    int            `json:"max_client_batch_size"`
	AutoTruncate          bool           `json:"auto_truncate"`
	TokenizationWorkers   int            `json:"tokenization_workers"`
	Version               string         `json:"version"`
	SHA                   *string        `json:"sha"`
	DockerLabel           *string        `json:"docker_label"`
}

func registerTEI(srv *services.Server, e *embed.Engine) {
	handle(srv, "GET /info", failTEI, func(r *http.Request) (any, error) { return newTEIInfo(r.Context(), e) })
	handle(srv, "POST /tokenize", failTEI, func(r *http.Request) (any, error) { return teiTokenize(r, e) })
}

// newTEIInfo gives one text's tokens as those of a batch, since we run no more
// at once.
func newTEIInfo(ctx context.Context, e *embed.Engine) (teiInfo, error) {
	m, err := e.Details(ctx)
	if err != nil {
		return teiInfo{}, err
	}
	o := e.Options()
	return teiInfo{
		ModelID: m.Name, ServedModelName: m.Name, ModelSHA: &m.Digest, ModelDType: inference.NumberType(m.Precision),
		ModelType:             map[string]any{"embedding": map[string]string{"pooling": m.Pooling}},
		MaxConcurrentRequests: o.Queue, MaxInputLength: m.MaxTokens, MaxBatchTokens: m.MaxTokens,
		MaxClientBatchSize: MaxTexts, AutoTruncate: true, TokenizationWorkers: o.Workers, Version: o.Version,
	}, nil
}

type teiTokenizeRequest struct {
	Inputs     inputs  `json:"inputs"`
	AddSpecial *bool   `json:"add_special_tokens"`
	PromptName *string `json:"prompt_name"`
}

type teiToken struct {
	ID      int64  `json:"id"`
	Text    string `json:"text"`
	Special bool   `json:"special"`
	Start   *int   `json:"start"` // bytes of the text; null for special tokens
	Stop    *int   `json:"stop"`
}

func teiTokenize(r *http.Request, e *embed.Engine) ([][]teiToken, error) {
	var body teiTokenizeRequest
	if err := services.ReadJSON(r, &body); err != nil {
		return nil, err
	}
	switch {
	case body.Inputs.ids != nil:
		return nil, bad("`inputs` must be text", "")
	case body.Inputs.size() == 0:
		return nil, embed.ErrEmpty
	case body.Inputs.size() > MaxTexts:
		return nil, inference.ErrTooLarge
	}
	o := embed.Options{}
	if body.PromptName != nil {
		o.Input = embed.Input(*body.PromptName)
	}
	if err := o.Check(); err != nil {
		return nil, bad("prompt_name: want query or passage", "")
	}
	if err := checkTexts(body.Inputs.texts); err != nil {
		return nil, err
	}
	lists, err := e.Tokenize(r.Context(), body.Inputs.texts, body.AddSpecial == nil || *body.AddSpecial, o)
	out := make([][]teiToken, len(lists))
	for i, tokens := range lists {
		out[i] = teiTokens(tokens)
	}
	return out, err
}

func teiTokens(tokens []embed.Token) []teiToken {
	out := make([]teiToken, len(tokens))
	for i, t := range tokens {
		out[i] = teiToken{ID: t.ID, Text: t.Text, Special: t.Special}
		if !t.Special {
			out[i].Start, out[i].Stop = &t.Bytes[0], &t.Bytes[1]
		}
	}
	return out
}
