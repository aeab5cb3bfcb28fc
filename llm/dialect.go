package llm

import (
	"cmp"
	"encoding/json"
	"strings"

	"amalfa/notes"
)

// A dialect is one wire form of a chat: where it is asked, how, and how to read a reply or a piece of a streamed one.
type dialect struct {
	path   string
	events bool // streamed as server-sent events; otherwise one JSON value a line
	encode func(r Request, stream bool, without wishes) []byte
	decode func(data []byte) (chunk, error)
}

type chunk struct {
	text, model, finish string
	usage               Usage
	refusal             replyError
}

func (p *Provider) dialect() dialect {
	if p.cfg.Provider == Ollama {
		return dialect{path: "api/chat", encode: encodeOllama, decode: decodeOllama}
	}
	return dialect{path: p.OpenAIPath("chat/completions"), events: true, encode: p.encodeOpenAI, decode: decodeOpenAI}
}

// OpenAIPath is the path of an OpenAI route below the base URL, which ends in /v1 for OpenAI and not for Ollama.
func (p *Provider) OpenAIPath(route string) string {
	if p.cfg.Provider == Ollama {
		return "v1/" + route
	}
	return route
}

// parseChunk reads one reply, the key taken out of it: a provider that echoes the key must not make sonar spread it.
func (p *Provider) parseChunk(d dialect, data []byte) (chunk, error) {
	got, err := d.decode(data)
	if err != nil {
		return chunk{}, faultf(KindGarbage, "the provider's reply is not what the chat dialect says: %s", p.quote(err.Error()))
	}
	if got.refusal != "" {
		return chunk{}, faultf(KindRefused, "%s", p.quote(string(got.refusal)))
	}
	got.text = strings.ToValidUTF8(p.redact(got.text), "\uFFFD")
	got.model = notes.Clip(p.quote(got.model), MaxModelName)
	return got, nil
}

// openAIRequest is a chat in OpenAI's dialect.
type openAIRequest struct {
	Model       string          `json:"model"`
	Messages    []Message       `json:"messages"`
	Stream      bool            `json:"stream"`
	Options     *streamOptions  `json:"stream_options,omitempty"`
	MaxTokens   int             `json:"max_tokens,omitempty"`
	MaxNew      int             `json:"max_completion_tokens,omitempty"`
	Temperature *float64        `json:"temperature,omitempty"`
	Format      *responseFormat `json:"response_format,omitempty"`
}

type streamOptions struct {
	Usage bool `json:"include_usage"`
}

type responseFormat struct {
	Type   string       `json:"type"`
	Schema *namedSchema `json:"json_schema,omitempty"`
}

type namedSchema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
}

func (p *Provider) encodeOpenAI(r Request, stream bool, without wishes) []byte {
	out := openAIRequest{Model: r.Model, Messages: r.Messages, Stream: stream}
	if stream && !without.has(wishUsage) {
		out.Options = &streamOptions{true}
	}
	if !without.has(wishTemperature) {
		out.Temperature = r.Temperature
	}
	switch {
	case without.has(wishMaxTokens):
	case p.base.Hostname() == openAIHost: // its newer models refuse the older name, and other servers do not know the newer one
		out.MaxNew = r.MaxTokens
	default:
		out.MaxTokens = r.MaxTokens
	}
	switch {
	case r.Schema == nil || without.has(wishJSON):
	case without.has(wishSchema):
		out.Format = &responseFormat{Type: "json_object"}
	default:
		out.Format = &responseFormat{Type: "json_schema", Schema: &namedSchema{r.Schema.Name, r.Schema.JSON}}
	}
	return mustJSON(out)
}

func decodeOpenAI(data []byte) (chunk, error) {
	var v struct {
		Model   string
		Error   replyError
		Choices []struct {
			Message, Delta struct{ Content text }
			FinishReason   string `json:"finish_reason"`
		}
		Usage openAIUsage
	}
	if err := decode(data, &v); err != nil {
		return chunk{}, err
	}
	got := chunk{model: v.Model, refusal: v.Error, usage: Usage(v.Usage)}
	if len(v.Choices) > 0 {
		c := v.Choices[0]
		got.text, got.finish = string(cmp.Or(c.Delta.Content, c.Message.Content)), c.FinishReason
	}
	return got, nil
}

// openAIUsage is what OpenAI's dialect says of an answer; cost is what aggregators add. A count that is no whole number counts for 0.
type openAIUsage Usage

func (u *openAIUsage) UnmarshalJSON(data []byte) error {
	var v struct {
		Prompt     float64 `json:"prompt_tokens"`
		Completion float64 `json:"completion_tokens"`
		Cost       float64 `json:"cost"`
		Input      float64 `json:"input_tokens"` // of its newer route
		Output     float64 `json:"output_tokens"`
	}
	if json.Unmarshal(data, &v) == nil {
		*u = openAIUsage(usageOf(max(v.Prompt, v.Input), max(v.Completion, v.Output), v.Cost))
	}
	return nil
}

// UsageOf reads what a whole reply in OpenAI's dialect, or an event of one, says that it took.
func UsageOf(data []byte) Usage {
	var v struct {
		Usage    openAIUsage
		Response struct{ Usage openAIUsage }
	}
	if json.Unmarshal(data, &v) != nil {
		return Usage{}
	}
	return cmp.Or(Usage(v.Usage), Usage(v.Response.Usage))
}

// maxCount bounds what is believed of a provider's counts.
const maxCount = 1e9

func usageOf(prompt, completion, cost float64) Usage {
	within := func(v float64) float64 { return max(0, min(v, maxCount)) }
	return Usage{int(within(prompt)), int(within(completion)), within(cost)}
}

func encodeOllama(r Request, stream bool, without wishes) []byte {
	type options struct {
		Context     int      `json:"num_ctx,omitempty"`
		MaxTokens   int      `json:"num_predict,omitempty"`
		Temperature *float64 `json:"temperature,omitempty"`
	}
	body := struct {
		Model    string          `json:"model"`
		Messages []Message       `json:"messages"`
		Stream   bool            `json:"stream"`
		Format   json.RawMessage `json:"format,omitempty"`
		Options  *options        `json:"options,omitempty"`
	}{Model: r.Model, Messages: r.Messages, Stream: stream}
	if o := (options{r.Context, r.MaxTokens, r.Temperature}); o != (options{}) {
		body.Options = &o
	}
	switch {
	case r.Schema == nil || without.has(wishJSON):
	case without.has(wishSchema): // before 0.5
		body.Format = json.RawMessage(`"json"`)
	default:
		body.Format = r.Schema.JSON
	}
	return mustJSON(body)
}

func decodeOllama(data []byte) (chunk, error) {
	var v struct {
		Model   string
		Message struct{ Content text }
		Done    bool
		Reason  string `json:"done_reason"`
		Error   replyError

		Prompt     float64 `json:"prompt_eval_count"`
		Completion float64 `json:"eval_count"`
	}
	if err := decode(data, &v); err != nil {
		return chunk{}, err
	}
	got := chunk{text: string(v.Message.Content), model: v.Model, refusal: v.Error, usage: usageOf(v.Prompt, v.Completion, 0)}
	if v.Done {
		v.Reason = cmp.Or(v.Reason, "stop")
		got.finish = v.Reason
	}
	return got, nil
}

// mustJSON encodes values made of strings, numbers, lists of them, and JSON that was decoded before: none can fail.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("encode request: " + err.Error())
	}
	return data
}
