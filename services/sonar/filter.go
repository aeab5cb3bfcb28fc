package sonar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"amalfa/services"
)

const (
	maxMessages = 2048
	maxChoices  = 8 // answers to one request: each is paid for
)

// allowedFields are the fields of a chat completion request that reach the provider. What is not here is left out, above
// all what makes the provider fetch addresses, search the web, keep the conversation or bill another way.
func allowedFields() []string {
	return []string{"model", "messages", "stream", "stream_options", "n", "stop", "seed",
		"temperature", "top_p", "max_tokens", "max_completion_tokens",
		"presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs",
		"response_format", "tools", "tool_choice", "parallel_tool_calls", "reasoning_effort", "verbosity"}
}

// filterRequest makes the request that goes out: known fields only, messages checked, a model set. stream says that it
// asks for one. Its errors are *services.Error of status 400.
func filterRequest(body fields, model string) (clean []byte, stream bool, err error) {
	if body == nil {
		return nil, false, badRequest("the body is not an object")
	}
	body.keepOnly(allowedFields()...)
	if err := body.decode("stream", &stream); err != nil {
		return nil, false, err
	}
	choices := 1
	if err := body.decode("n", &choices); err != nil || choices < 1 || choices > maxChoices {
		return nil, false, badRequest("n must be a number from 1 to %d", maxChoices)
	}
	if err := body.decode("model", &model); err != nil || !validModel(model) {
		return nil, false, badRequest("model is not the name of a model")
	}
	body["model"] = mustJSON(model)
	if body["messages"], err = filterMessages(body["messages"]); err != nil {
		return nil, false, err
	}
	if tools, ok := body["tools"]; ok {
		if body["tools"], err = filterTools(tools); err != nil {
			return nil, false, err
		}
	}
	return mustJSON(body), stream, nil
}

func badRequest(format string, args ...any) error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: fmt.Sprintf(format, args...)}
}

func filterMessages(raw json.RawMessage) (json.RawMessage, error) {
	var ms []fields
	if json.Unmarshal(raw, &ms) != nil || len(ms) == 0 || len(ms) > maxMessages {
		return nil, badRequest("messages must be a list of 1 to %d messages", maxMessages)
	}
	for i, m := range ms {
		m.keepOnly("role", "content", "name", "tool_calls", "tool_call_id")
		if m.text("role") == "" {
			return nil, badRequest("messages[%d] has no role", i)
		}
		if content, ok := m["content"]; ok && content[0] != '"' {
			parts, err := filterParts(content)
			if err != nil {
				return nil, badRequest("messages[%d]: %s", i, err)
			}
			m["content"] = parts
		}
	}
	return mustJSON(ms), nil
}

// filterTools lets functions through, which the client runs itself, and no tool that the provider would run.
func filterTools(raw json.RawMessage) (json.RawMessage, error) {
	var tools []fields
	if json.Unmarshal(raw, &tools) != nil {
		return nil, badRequest("tools has the wrong type")
	}
	for _, t := range tools {
		t.keepOnly("type", "function")
		if kind := t.text("type"); kind != "function" {
			return nil, badRequest("a tool of type %q is not passed on", clip(kind, 40))
		}
	}
	return mustJSON(tools), nil
}

// fields is a JSON object of a client's request. Names are compared byte by byte, as the provider's reader does, and
// whatever is checked is also what is sent: decoding into a struct would let "URL" be checked and "url" be sent.
type fields map[string]json.RawMessage

// keepOnly drops the fields that are not allowed, and those that are null, which mean the same as absent ones.
func (f fields) keepOnly(allowed ...string) {
	for name, value := range f {
		if !slices.Contains(allowed, name) || bytes.Equal(value, []byte("null")) {
			delete(f, name)
		}
	}
}

// decode reads a field into v when it is there.
func (f fields) decode(name string, v any) error {
	if raw, ok := f[name]; ok && json.Unmarshal(raw, v) != nil {
		return badRequest("%s has the wrong type", name)
	}
	return nil
}

// text returns a field that is a string, "" for any other.
func (f fields) text(name string) string {
	var s string
	if f.decode(name, &s) != nil {
		return ""
	}
	return s
}

// filterParts checks the parts of a message's content and keeps of each what belongs to its type.
func filterParts(raw json.RawMessage) (json.RawMessage, error) {
	var parts []fields
	if json.Unmarshal(raw, &parts) != nil {
		return nil, fmt.Errorf("content must be a string or a list of parts")
	}
	for _, p := range parts {
		switch kind := p.text("type"); kind {
		case "text", "refusal":
			p.keepOnly("type", kind)
		case "image_url":
			if err := filterPartObject(p, kind, "url", "detail"); err != nil {
				return nil, err
			}
		case "input_audio":
			if err := filterPartObject(p, kind, "data", "format"); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("content of type %q is not passed on", clip(kind, 40))
		}
	}
	return mustJSON(parts), nil
}

// inlineData is the only kind of address a message may hold: one that brings its bytes along. A provider would fetch
// any other, from inside whatever network it stands in.
var inlineData = regexp.MustCompile(`^data:[a-z0-9.+/-]+;base64,[A-Za-z0-9+/=]*$`)

// filterPartObject keeps the object of a part that has the name of its type.
func filterPartObject(part fields, kind string, inside ...string) error {
	part.keepOnly("type", kind)
	var object fields
	if err := part.decode(kind, &object); err != nil || object == nil {
		return fmt.Errorf("%s must be an object", kind)
	}
	object.keepOnly(inside...)
	if kind == "image_url" && !inlineData.MatchString(object.text("url")) {
		return fmt.Errorf("an image must be a data: URL; sonar has nothing fetched from the network")
	}
	part[kind] = mustJSON(object)
	return nil
}
