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
	encode func(r Request, stream bool) []byte
	decode func(data []byte) (chunk, error)
}

type chunk struct {
	text, model, finish string
	refusal             replyError
}

func (p *Provider) dialect() dialect {
	if p.cfg.Provider == Ollama {
		return dialect{path: "api/chat", encode: encodeOllama, decode: decodeOllama}
	}
	return dialect{path: p.OpenAIPath("chat/completions"), events: true, encode: encodeOpenAI, decode: decodeOpenAI}
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

func encodeOpenAI(r Request, stream bool) []byte {
	return mustJSON(struct {
		Model    string    `json:"model"`
		Messages []Message `json:"messages"`
		Stream   bool      `json:"stream"`
	}{r.Model, r.Messages, stream})
}

func decodeOpenAI(data []byte) (chunk, error) {
	var v struct {
		Model   string
		Error   replyError
		Choices []struct {
			Message, Delta struct{ Content text }
			FinishReason   string `json:"finish_reason"`
		}
	}
	if err := decode(data, &v); err != nil {
		return chunk{}, err
	}
	got := chunk{model: v.Model, refusal: v.Error}
	if len(v.Choices) > 0 {
		c := v.Choices[0]
		got.text, got.finish = string(cmp.Or(c.Delta.Content, c.Message.Content)), c.FinishReason
	}
	return got, nil
}

func encodeOllama(r Request, stream bool) []byte {
	type options struct {
		Context int `json:"num_ctx"`
	}
	body := struct {
		Model    string    `json:"model"`
		Messages []Message `json:"messages"`
		Stream   bool      `json:"stream"`
		Options  *options  `json:"options,omitempty"`
	}{Model: r.Model, Messages: r.Messages, Stream: stream}
	if r.Context > 0 {
		body.Options = &options{r.Context}
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
	}
	if err := decode(data, &v); err != nil {
		return chunk{}, err
	}
	got := chunk{text: string(v.Message.Content), model: v.Model, refusal: v.Error}
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
