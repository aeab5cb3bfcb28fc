package vector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// Limits of one request (design.md, section 2).
const (
	MaxTextBytes = 1 << 20
	MaxTexts     = 2048
)

// embedBody is what POST /embed takes: our own form, or, where the key "inputs" shows it, that of text-embeddings-inference.
type embedBody struct {
	own *ownRequest
	tei *teiRequest
}

// UnmarshalJSON leaves tei set after an error, so that the answer is in the dialect of the question.
func (b *embedBody) UnmarshalJSON(data []byte) error {
	var keys struct {
		Inputs json.RawMessage `json:"inputs"`
	}
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	if keys.Inputs != nil {
		b.tei = newTEIRequest()
		return json.Unmarshal(data, b.tei)
	}
	b.own = &ownRequest{}
	return json.Unmarshal(data, b.own)
}

// ownRequest has either text or texts.
type ownRequest struct {
	Text      *string   `json:"text,omitempty"`
	Texts     *[]string `json:"texts,omitempty"`
	Model     string    `json:"model,omitempty"`
	Long      string    `json:"long,omitempty"`
	InputType string    `json:"input_type,omitempty"`
	Query     bool      `json:"query,omitempty"` // the same as input_type "query"
	Priority  string    `json:"priority,omitempty"`
}

type oneVector struct {
	Vector     []float32 `json:"vector"`
	Dimensions int       `json:"dimensions"`
	Tokens     int       `json:"tokens"`
	Truncated  bool      `json:"truncated"`
}

type manyVectors struct {
	Vectors    [][]float32 `json:"vectors"`
	Dimensions int         `json:"dimensions"`
	Tokens     []int       `json:"tokens"`
	Truncated  []bool      `json:"truncated"`
}

// These headers say which model made the vectors, in an answer whose body has the shape that others laid down.
const (
	modelHeader  = "Amalfa-Model" // query-escaped
	digestHeader = "Amalfa-Model-Digest"
)

func setModel(h http.Header, v embed.Vector) {
	h.Set(modelHeader, url.QueryEscape(v.Model))
	h.Set(digestHeader, v.Digest)
}

func serveEmbed(w http.ResponseWriter, r *http.Request, e *embed.Engine) {
	var body embedBody
	err := services.ReadJSON(r, &body)
	switch {
	case body.tei != nil:
		serveTEI(w, r, e, body.tei, err)
	case err != nil:
		services.WriteError(w, err)
	case body.own == nil: // the JSON null
		services.WriteError(w, bad("the body is null", "send a JSON object"))
	default:
		serveOwn(w, r, e, body.own)
	}
}

func serveOwn(w http.ResponseWriter, r *http.Request, e *embed.Engine, body *ownRequest) {
	texts, o, err := body.parse()
	if err == nil {
		err = checkTexts(texts)
	}
	if err != nil {
		services.WriteError(w, kinds.Encode(err))
		return
	}
	vectors, err := e.Embed(r.Context(), texts, o)
	if err != nil {
		services.WriteError(w, kinds.Encode(err))
		return
	}
	list, err := shortenedOf(r.Context(), e, inputs{texts: texts}, vectors, o)
	if err != nil {
		services.WriteError(w, kinds.Encode(err))
		return
	}
	setShortened(w.Header(), list)
	setModel(w.Header(), vectors[0]) // parse refuses a request without texts
	if body.Text != nil {
		v := vectors[0]
		services.WriteJSON(w, http.StatusOK, oneVector{v.Values, len(v.Values), v.Tokens, v.Truncated})
		return
	}
	services.WriteJSON(w, http.StatusOK, many(vectors))
}

func many(vectors []embed.Vector) manyVectors {
	out := manyVectors{Vectors: [][]float32{}, Tokens: []int{}, Truncated: []bool{}}
	for _, v := range vectors {
		out.Vectors, out.Tokens, out.Truncated = append(out.Vectors, v.Values), append(out.Tokens, v.Tokens), append(out.Truncated, v.Truncated)
		out.Dimensions = len(v.Values)
	}
	return out
}

func (b *ownRequest) parse() ([]string, embed.Options, error) {
	o, err := b.options()
	switch {
	case err != nil:
		return nil, o, err
	case b.Text != nil && b.Texts != nil:
		return nil, o, bad("text and texts exclude each other", "send one of them")
	case b.Text != nil:
		return []string{*b.Text}, o, nil
	case b.Texts != nil && len(*b.Texts) > 0:
		return *b.Texts, o, nil
	case b.Texts != nil:
		return nil, o, bad("texts: the list is empty", "send at least one text")
	}
	return nil, o, bad("text is missing", `send {"text": "…"}, or {"texts": ["…"]} for several`)
}

func (b *ownRequest) options() (embed.Options, error) {
	o := embed.Options{Model: b.Model}
	if b.Query {
		o.Input = embed.Query
	}
	for _, option := range []struct {
		field, value string
		allowed      []string
		set          func(string)
	}{
		{"long", b.Long, []string{"cut", "chunk", "refuse"}, func(v string) { o.Long = embed.Long(strings.TrimPrefix(v, "cut")) }},
		{"input_type", b.InputType, []string{"query", "passage"}, func(v string) { o.Input = embed.Input(v) }},
		{"priority", b.Priority, []string{"interactive", "bulk"}, func(v string) { o.Bulk = v == "bulk" }},
	} {
		if option.value == "" {
			continue
		}
		if !slices.Contains(option.allowed, option.value) {
			return o, bad(fmt.Sprintf("%s: %.40q is none of %q", option.field, option.value, option.allowed), "")
		}
		option.set(option.value)
	}
	return o, nil
}

// checkTexts holds a request against the limits before anything waits for it.
func checkTexts(texts []string) error {
	if len(texts) > MaxTexts {
		return fmt.Errorf("%w: %d texts, at most %d a request", inference.ErrTooLarge, len(texts), MaxTexts)
	}
	for i, s := range texts {
		switch {
		case len(s) > MaxTextBytes:
			return fmt.Errorf("text %d: %w: %d bytes, at most %d", i, inference.ErrTooLarge, len(s), MaxTextBytes)
		case s == "":
			return fmt.Errorf("text %d: %w", i, embed.ErrEmpty)
		}
	}
	return nil
}

func bad(message, hint string) *services.Error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: message, Advice: hint}
}
