package stdio

import (
	"bytes"
	"encoding/json"

	"amalfa/services/mcp/arguments"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// ReadParams does for the body of an HTTP request what a Transport does for a line: it returns the body with the parameters of
// its request in the form that the protocol wants, or the answer that refuses it. The SDK would answer an id that is no whole number with
// another one. What is no request stays as it is.
func ReadParams(body []byte) (read []byte, refused *Refusal) {
	var fields map[string]json.RawMessage
	if trimmed := bytes.TrimSpace(body); len(trimmed) == 0 || trimmed[0] != '{' || checkText(body) != nil || json.Unmarshal(body, &fields) != nil {
		return body, nil
	}
	id, hasID := fields["id"]
	_, isID := makeID(id)
	if hasID && !isID && string(id) != "null" {
		return nil, &Refusal{invalid(nil, wrongID).encode(), true}
	}
	method, ok := text(fields["method"])
	if !ok || !isID {
		return body, nil
	}
	params, err := arguments.Params(method, fields["params"])
	if err != nil {
		return nil, &Refusal{invalidParams(id, err).encode(), false}
	}
	if bytes.Equal(params, fields["params"]) {
		return body, nil
	}
	fields["params"] = params
	out, err := json.Marshal(fields)
	if err != nil {
		return body, nil
	}
	return out, nil
}

// A Refusal is the answer to a request. A request without an id that can be answered is Malformed.
type Refusal struct {
	Answer    []byte
	Malformed bool
}

func invalidParams(id json.RawMessage, err error) *fault {
	return &fault{id: id, code: jsonrpc.CodeInvalidParams, text: "invalid params: " + err.Error()}
}
