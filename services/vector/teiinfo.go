package vector

import (
	"net/http"

	"amalfa/models"
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

func registerTEI(srv *services.Server, e *Engine) {
	srv.HandleAs("GET /info", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info, err := e.teiInfo(r)
		if err != nil {
			failTEI(w, err)
			return
		}
		services.WriteJSON(w, http.StatusOK, info)
	}), failTEI)
	srv.HandleAs("POST /tokenize", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens, err := teiTokenize(r, e)
		if err != nil {
			failTEI(w, err)
			return
		}
		services.WriteJSON(w, http.StatusOK, tokens)
	}), failTEI)
}

// teiInfo gives one text's tokens as those of a batch, since we run no more at
// once.
func (e *Engine) teiInfo(r *http.Request) (teiInfo, error) {
	l, release, err := e.shelf.acquire(r.Context(), "")
	if err != nil {
		return teiInfo{}, err
	}
	defer release()
	kind := "float32"
	if l.precision == models.Int8 {
		kind = "int8"
	}
	return teiInfo{
		ModelID: l.model.Name, ServedModelName: l.model.Name, ModelSHA: &l.model.Digest, ModelDType: kind,
		ModelType:             map[string]any{"embedding": map[string]string{"pooling": l.spec.Pooling}},
		MaxConcurrentRequests: e.o.Queue, MaxInputLength: l.model.MaxTokens, MaxBatchTokens: l.model.MaxTokens,
		MaxClientBatchSize: MaxTexts, AutoTruncate: true, TokenizationWorkers: e.o.Workers, Version: e.o.Version,
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

func teiTokenize(r *http.Request, e *Engine) ([][]teiToken, error) {
	var body teiTokenizeRequest
	if err := services.ReadJSON(r, &body); err != nil {
		return nil, err
	}
	switch {
	case body.Inputs.ids != nil:
		return nil, bad("`inputs` must be text", "")
	case body.Inputs.size() == 0:
		return nil, ErrEmpty
	case body.Inputs.size() > MaxTexts:
		return nil, ErrTooLarge
	}
	o := EmbedOptions{}
	if body.PromptName != nil {
		o.Input = Input(*body.PromptName)
	}
	if err := o.check(); err != nil {
		return nil, bad("prompt_name: want query or passage", "")
	}
	if err := checkTexts(body.Inputs.texts); err != nil {
		return nil, err
	}
	return e.tokenize(r.Context(), body.Inputs.texts, body.AddSpecial == nil || *body.AddSpecial, o)
}
