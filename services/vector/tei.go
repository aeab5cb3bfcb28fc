package vector

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// teiRequest is the body of text-embeddings-inference's POST /embed
// (huggingface/text-embeddings-inference:router/src/http/types.rs).
type teiRequest struct {
	Inputs     inputs  `json:"inputs"`
	Truncate   *bool   `json:"truncate"`
	Direction  string  `json:"truncation_direction"`
	PromptName *string `json:"prompt_name"`
	Normalize  bool    `json:"normalize"`
	Dimensions *int    `json:"dimensions"`
}

func newTEIRequest() *teiRequest { return &teiRequest{Normalize: true} }

type teiError struct {
	Error string `json:"error"`
	Type  string `json:"error_type"`
}

func writeTEIError(w http.ResponseWriter, status int, kind, message string) {
	services.WriteJSON(w, status, teiError{message, kind})
}

// failTEI answers with the status and type that the original would use.
func failTEI(w http.ResponseWriter, err error) {
	e := services.Report(w, kinds.Encode(err))
	const validation = "Input validation error: "
	switch {
	case errors.Is(err, embed.ErrEmpty):
		writeTEIError(w, http.StatusBadRequest, "Empty", validation+"`inputs` cannot be empty")
	case e.Status == http.StatusFailedDependency:
		writeTEIError(w, e.Status, "Backend", "Backend error: "+e.Message)
	case e.Status == http.StatusTooManyRequests:
		writeTEIError(w, e.Status, "Overloaded", "Model is overloaded")
	case e.Status == http.StatusServiceUnavailable:
		writeTEIError(w, e.Status, "Unhealthy", e.Message)
	case e.Status == http.StatusInternalServerError:
		writeTEIError(w, e.Status, "Backend", e.Message)
	case e.Status == http.StatusForbidden, e.Status == http.StatusUnsupportedMediaType:
		writeTEIError(w, e.Status, "Validation", e.Message)
	case e.Status == http.StatusRequestEntityTooLarge:
		writeTEIError(w, e.Status, "Validation", validation+e.Message)
	default:
		writeTEIError(w, http.StatusUnprocessableEntity, "Validation", validation+e.Message)
	}
}

func serveTEI(w http.ResponseWriter, r *http.Request, e *embed.Engine, body *teiRequest, err error) {
	if err == nil {
		err = body.check()
	}
	var vectors []embed.Vector
	if err == nil {
		vectors, err = body.embed(r, e)
	}
	if err == nil {
		err = body.tell(w, r, e, vectors)
	}
	if err != nil {
		failTEI(w, err)
		return
	}
	out := make([][]float32, len(vectors))
	for i, v := range vectors {
		out[i] = v.Values
	}
	setModel(w.Header(), vectors[0])
	services.WriteJSON(w, http.StatusOK, out)
}

func (b *teiRequest) check() error {
	switch {
	case b.Inputs.size() == 0:
		return embed.ErrEmpty
	case b.Inputs.size() > MaxTexts:
		return fmt.Errorf("%w: batch size %d > maximum allowed batch size %d", inference.ErrTooLarge, b.Inputs.size(), MaxTexts)
	case b.Direction != "" && b.Direction != "Right" && b.Direction != "right" && b.Direction != "Left" && b.Direction != "left":
		return bad("truncation_direction: want Left or Right", "")
	case b.PromptName != nil && *b.PromptName != "query" && *b.PromptName != "passage":
		return bad("prompt_name: want query or passage", "")
	case b.Dimensions != nil && *b.Dimensions <= 0:
		return bad("`dimensions` should be positive", "")
	}
	return checkTexts(b.Inputs.texts)
}

func (b *teiRequest) embed(r *http.Request, e *embed.Engine) ([]embed.Vector, error) {
	vectors, err := b.run(r, e)
	if err != nil {
		return nil, err
	}
	for i, v := range vectors {
		if vectors[i].Values, err = shorten(v.Values, b.Dimensions); err != nil {
			return nil, err
		}
		if b.Normalize {
			embed.Normalize(vectors[i].Values)
		}
	}
	return vectors, nil
}

func (b *teiRequest) run(r *http.Request, e *embed.Engine) ([]embed.Vector, error) {
	return b.Inputs.embed(r.Context(), e, b.options())
}

// tell sets the headers of texts that were cut; the dialect's answers are bare lists.
func (b *teiRequest) tell(w http.ResponseWriter, r *http.Request, e *embed.Engine, vectors []embed.Vector) error {
	list, err := shortenedOf(r.Context(), e, b.Inputs, vectors, b.options())
	setShortened(w.Header(), list)
	return err
}

func (b *teiRequest) options() embed.Options {
	o := embed.Options{Scale: embed.Raw, Left: b.Direction == "Left" || b.Direction == "left"}
	if b.Truncate != nil && !*b.Truncate {
		o.Long = embed.Refuse
	}
	if b.PromptName != nil {
		o.Input = embed.Input(*b.PromptName)
	}
	return o
}

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

func tei() services.Dialect {
	return services.Dialect{Name: "text-embeddings-inference", WriteError: failTEI}
}

func registerTEI(srv *services.Server, e *embed.Engine) {
	handle(srv, "GET /info", tei(), func(r *http.Request) (any, error) { return newTEIInfo(r.Context(), e) })
	handle(srv, "POST /tokenize", tei(), func(r *http.Request) (any, error) { return teiTokenize(r, e) })
}

// newTEIInfo gives one text's tokens as those of a batch, since we run no more at once.
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

// options are those of a request that can be answered.
func (b *teiTokenizeRequest) options() (o embed.Options, err error) {
	switch {
	case b.Inputs.ids != nil:
		return o, bad("`inputs` must be text", "")
	case b.Inputs.size() == 0:
		return o, embed.ErrEmpty
	case b.Inputs.size() > MaxTexts:
		return o, inference.ErrTooLarge
	}
	if b.PromptName != nil {
		o.Input = embed.Input(*b.PromptName)
	}
	if o.Check() != nil {
		return o, bad("prompt_name: want query or passage", "")
	}
	return o, checkTexts(b.Inputs.texts)
}

func teiTokenize(r *http.Request, e *embed.Engine) ([][]teiToken, error) {
	var body teiTokenizeRequest
	if err := services.ReadJSON(r, &body); err != nil {
		return nil, err
	}
	o, err := body.options()
	if err != nil {
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
