package sonar

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
)

// completion is what is read of an OpenAI reply that is passed on as it came.
type completion struct {
	Error   replyError
	Choices []struct {
		Message json.RawMessage
		Finish  *string `json:"finish_reason"`
	}
}

// Complete sends a chat completion request in OpenAI's form and returns the reply as one JSON value, without the key.
// It returns a *Fault or ctx's error.
func (p *Provider) Complete(ctx context.Context, body []byte) ([]byte, error) {
	data, err := p.readWhole(ctx, call{
		method: http.MethodPost, path: p.openAIPath("chat/completions"), body: body, limit: p.cfg.Limits.Response,
	})
	if err != nil {
		return nil, err
	}
	v, clean, err := p.checkReply(data)
	if err == nil && len(v.Choices) == 0 {
		err = faultf(KindGarbage, "the provider's reply holds no choices")
	}
	return clean, err
}

// Stream sends a chat completion request, which must ask for a stream, in OpenAI's form and hands each event's JSON,
// on one line and without the key, to emit, whose error ends the call and is returned. It returns nil when the answer
// was complete, else a *Fault or ctx's error.
func (p *Provider) Stream(ctx context.Context, body []byte, emit func([]byte) error) error {
	c := call{
		method: http.MethodPost, path: p.openAIPath("chat/completions"), body: body,
		stream: true, limit: p.cfg.Limits.Stream,
	}
	finished := false
	err := p.readStream(ctx, c, true, func(data []byte) error {
		v, clean, err := p.checkReply(data)
		if err != nil {
			return err
		}
		if v.Choices == nil { // a ping of the provider's own making
			return nil
		}
		for _, choice := range v.Choices {
			if len(choice.Message) > 0 {
				return faultf(KindGarbage, "the provider does not stream")
			}
			finished = finished || choice.Finish != nil && *choice.Finish != ""
		}
		return emit(clean)
	})
	if err == errNoEndMark && finished {
		return nil
	}
	return p.requireComplete(err)
}

// checkReply checks a reply and makes it one line of valid UTF-8: a line break inside it would end the event it is put
// into and let a provider write events of its own.
func (p *Provider) checkReply(data []byte) (completion, []byte, error) {
	var v completion
	if err := decode(data, &v); err != nil {
		return v, nil, faultf(KindGarbage, "the provider's reply is not what the chat dialect says: %s", p.quote(err.Error()))
	}
	if v.Error != "" {
		return v, nil, faultf(KindRefused, "%s", p.quote(string(v.Error)))
	}
	var line bytes.Buffer
	if err := json.Compact(&line, bytes.ToValidUTF8(data, []byte("\uFFFD"))); err != nil {
		return v, nil, faultf(KindGarbage, "the provider's reply is not JSON")
	}
	return v, []byte(p.redact(line.String())), nil
}
