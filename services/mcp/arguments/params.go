package arguments

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// paramsOf is what a method of the protocol takes of text, by the name of the method; nil for a method without such parameters.
// Arguments of a tool are not among them: Decode reads those.
func paramsOf(method string) *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string"}
	object := func(fields map[string]*jsonschema.Schema) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "object", Properties: fields}
	}
	texts := &jsonschema.Schema{Type: "object", AdditionalProperties: text}
	switch method {
	case "tools/call":
		return object(map[string]*jsonschema.Schema{"name": text})
	case "prompts/get":
		return object(map[string]*jsonschema.Schema{"name": text, "arguments": texts})
	case "resources/read", "resources/subscribe", "resources/unsubscribe":
		return object(map[string]*jsonschema.Schema{"uri": text})
	case "tools/list", "prompts/list", "resources/list", "resources/templates/list":
		return object(map[string]*jsonschema.Schema{"cursor": text})
	case "completion/complete":
		return object(map[string]*jsonschema.Schema{
			"ref":      object(map[string]*jsonschema.Schema{"type": text, "name": text, "uri": text}),
			"argument": object(map[string]*jsonschema.Schema{"name": text, "value": text}),
			"context":  object(map[string]*jsonschema.Schema{"arguments": texts}),
		})
	}
	return nil
}

// Params reads the parameters of a request as Decode reads arguments: what the protocol wants as text may be a number or null, an
// object may stand in a text. All else, and what a method does not know, stays as it was sent. The error names what is wrong.
func Params(method string, raw json.RawMessage) (json.RawMessage, error) {
	s := paramsOf(method)
	if s == nil || isNull(raw) {
		return raw, nil
	}
	var r reader
	out := r.lenient("params", raw, s)
	if len(r.faults) > 0 {
		return nil, r.err()
	}
	return out, nil
}

// lenient gives the fields that s knows their form and keeps the others; null fields are left out. It returns raw itself where
// nothing is to be done.
func (r *reader) lenient(name string, raw json.RawMessage, s *jsonschema.Schema) json.RawMessage {
	if kind(s) == "string" {
		if v, ok := r.text(name, raw, s); ok {
			return same(raw, v)
		}
		return nil
	}
	inner := unquote(raw, '{')
	var fields map[string]json.RawMessage
	if isEmptyList(inner) {
		inner = json.RawMessage("{}")
	}
	if json.Unmarshal(inner, &fields) != nil {
		r.fault(name, s, raw)
		return nil
	}
	changed := !bytes.Equal(inner, raw)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		p := s.Properties[key]
		if p == nil {
			p = s.AdditionalProperties
		}
		foreign := key == "_meta" && first(fields[key]) != '{' // of the host, and nothing that it may hold is needed
		if foreign || isNull(fields[key]) && (p != nil || key == "arguments") {
			delete(fields, key)
			changed = true
			continue
		}
		if p == nil {
			continue
		}
		v := r.lenient(inside(name, key), fields[key], p)
		if !bytes.Equal(v, fields[key]) {
			changed = true
			if fields[key] = v; v == nil {
				delete(fields, key)
			}
		}
	}
	if !changed {
		return raw
	}
	data, err := json.Marshal(fields)
	if err != nil {
		r.fault(name, s, raw)
		return nil
	}
	return data
}

// inside is join without the word that stands for the whole.
func inside(name, key string) string {
	if name == "params" {
		return key
	}
	return join(name, key)
}

// same returns raw where v is the same text in another spelling of JSON.
func same(raw, v json.RawMessage) json.RawMessage {
	if first(raw) == '"' {
		return raw
	}
	return v
}
