package vector

import (
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
	o := embed.Options{Scale: embed.Raw, Left: b.Direction == "Left" || b.Direction == "left"}
	if b.Truncate != nil && !*b.Truncate {
		o.Long = embed.Refuse
	}
	if b.PromptName != nil {
		o.Input = embed.Input(*b.PromptName)
	}
	return b.Inputs.embed(r.Context(), e, o)
}
