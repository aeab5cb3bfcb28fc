package vector

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"amalfa/onnx"
	"amalfa/services"
)

// teiRequest is the body of text-embeddings-inference's POST /embed
// (huggingface/text-embeddings-inference:router/src/http/types.rs).
type teiRequest struct {
	Inputs     teiInputs `json:"inputs"`
	Truncate   *bool     `json:"truncate"`
	Direction  string    `json:"truncation_direction"`
	PromptName *string   `json:"prompt_name"`
	Normalize  bool      `json:"normalize"`
	Dimensions *int      `json:"dimensions"`
}

func newTEIRequest() *teiRequest { return &teiRequest{Normalize: true} }

// teiInputs is a text, token ids, or a list of either.
type teiInputs struct {
	texts []string
	ids   [][]int64
}

func (in *teiInputs) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		in.texts = []string{one}
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return bad("inputs: want a string, a list of token ids, or a list of them", "")
	}
	if json.Unmarshal(data, &in.texts) == nil {
		return nil
	}
	in.texts = nil
	var ids []int64
	if json.Unmarshal(data, &ids) == nil {
		in.ids = [][]int64{ids}
		return nil
	}
	if json.Unmarshal(data, &in.ids) == nil {
		return nil
	}
	return bad("inputs: texts and token ids do not mix in one list here", "send them in two requests")
}

func (in teiInputs) size() int { return len(in.texts) + len(in.ids) }

type teiError struct {
	Error string `json:"error"`
	Type  string `json:"error_type"`
}

func writeTEIError(w http.ResponseWriter, status int, kind, message string) {
	services.WriteJSON(w, status, teiError{message, kind})
}

// failTEI answers with the status and type that the original would use.
func failTEI(w http.ResponseWriter, err error) {
	var e *services.Error
	if !errors.As(wireError(err), &e) {
		services.WriteError(w, err) // our own failure; the log gets its text
		return
	}
	const validation = "Input validation error: "
	switch {
	case errors.Is(err, ErrEmpty):
		writeTEIError(w, http.StatusBadRequest, "Empty", validation+"`inputs` cannot be empty")
	case e.Status == http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
		writeTEIError(w, e.Status, "Overloaded", "Model is overloaded")
	case e.Status == http.StatusServiceUnavailable:
		writeTEIError(w, e.Status, "Unhealthy", e.Message)
	case e.Status == http.StatusRequestEntityTooLarge:
		writeTEIError(w, e.Status, "Validation", validation+e.Message)
	default:
		writeTEIError(w, http.StatusUnprocessableEntity, "Validation", validation+e.Message)
	}
}

func serveTEI(w http.ResponseWriter, r *http.Request, e *Engine, body *teiRequest, err error) {
	if err == nil {
		err = body.check()
	}
	var vectors []Vector
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
	w.Header().Set(digestHeader, vectors[0].Digest)
	services.WriteJSON(w, http.StatusOK, out)
}

func (b *teiRequest) check() error {
	switch {
	case b.Inputs.size() == 0:
		return ErrEmpty
	case b.Inputs.size() > MaxTexts:
		return fmt.Errorf("%w: batch size %d > maximum allowed batch size %d", ErrTooLarge, b.Inputs.size(), MaxTexts)
	case b.Direction != "" && b.Direction != "Right" && b.Direction != "right" && b.Direction != "Left" && b.Direction != "left":
		return bad("truncation_direction: want Left or Right", "")
	case b.PromptName != nil && *b.PromptName != "query" && *b.PromptName != "passage":
		return bad("prompt_name: want query or passage", "")
	case b.Dimensions != nil && *b.Dimensions <= 0:
		return bad("`dimensions` should be positive", "")
	}
	return checkTexts(b.Inputs.texts)
}

func (b *teiRequest) embed(r *http.Request, e *Engine) ([]Vector, error) {
	vectors, err := b.run(r, e)
	if err != nil {
		return nil, err
	}
	for i, v := range vectors {
		if vectors[i].Values, err = shorten(v.Values, b.Dimensions); err != nil {
			return nil, err
		}
		if b.Normalize {
			onnx.Normalize(vectors[i].Values)
		}
	}
	return vectors, nil
}

func (b *teiRequest) run(r *http.Request, e *Engine) ([]Vector, error) {
	o := EmbedOptions{Scale: Raw, Left: b.Direction == "Left" || b.Direction == "left"}
	if b.Truncate != nil && !*b.Truncate {
		o.Long = Refuse
	}
	if b.PromptName != nil {
		o.Input = Input(*b.PromptName)
	}
	if b.Inputs.ids != nil {
		return e.EmbedTokens(r.Context(), b.Inputs.ids, o)
	}
	return e.Embed(r.Context(), b.Inputs.texts, o)
}

// shorten keeps the first numbers of a vector, which Matryoshka models allow.
func shorten(v []float32, dimensions *int) ([]float32, error) {
	if dimensions == nil {
		return v, nil
	}
	if *dimensions > len(v) {
		return nil, bad("`dimensions` should be smaller than the maximum embedding dimension.", "")
	}
	return v[:*dimensions], nil
}
