package stdio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"amalfa/services"
	"amalfa/services/mcp/arguments"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// codeBusy is our server error (JSON-RPC leaves -32000 to -32099 to the server) for a call above MaxCalls.
const codeBusy = -32000

// maxID bounds the integer ids that survive JSON readers which hold numbers as float64, the SDK's among them.
const maxID = 1 << 53

const wrongID = `"id" must be a string or an integer below 2^53`

// A fault says why a message is refused.
type fault struct {
	id   json.RawMessage // nil is sent as null
	code int
	text string
}

func (f *fault) encode() json.RawMessage {
	type body struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	data, err := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   body            `json:"error"`
	}{"2.0", f.id, body{f.code, f.text}})
	if err != nil {
		panic(fmt.Sprintf("stdio: encode a fault: %v", err)) // ids come out of valid JSON, so this cannot happen
	}
	return data
}

// checkText refuses what is not one JSON text.
func checkText(line []byte) *fault {
	switch {
	case !utf8.Valid(line):
		return &fault{code: jsonrpc.CodeParseError, text: "parse error: the line is not UTF-8"}
	case services.NestsPast(line, maxDepth):
		return &fault{code: jsonrpc.CodeParseError, text: fmt.Sprintf("parse error: nested deeper than %d", maxDepth)}
	case !json.Valid(line):
		return &fault{code: jsonrpc.CodeParseError, text: "parse error: the line is not one JSON value"}
	}
	return nil
}

// decode makes a message of one valid JSON value. The fields are taken by their exact names from one reading of the text, so
// that no second decoder can see another id or method in it.
func decode(raw json.RawMessage) (jsonrpc.Message, *fault) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return nil, invalid(nil, "a message is a JSON object")
	}
	rawID, hasID := fields["id"]
	id, ok := makeID(rawID)
	if !ok {
		rawID = nil
	}
	if version, ok := text(fields["jsonrpc"]); !ok || version != "2.0" {
		return nil, invalid(rawID, `"jsonrpc" must be "2.0"`)
	}
	if hasID && !ok {
		return nil, invalid(nil, wrongID)
	}
	if method, isRequest := fields["method"]; isRequest {
		return request(id, rawID, method, fields["params"])
	}
	return response(id, hasID, fields)
}

func request(id jsonrpc.ID, rawID, rawMethod, params json.RawMessage) (jsonrpc.Message, *fault) {
	method, ok := text(rawMethod)
	if !ok {
		return nil, invalid(rawID, `"method" must be a string`)
	}
	if bytes.Equal(params, []byte("null")) {
		params = nil
	}
	read, err := arguments.Params(method, params)
	switch {
	case err == nil:
		params = read
	case rawID != nil: // a notification has no answer
		return nil, invalidParams(rawID, err)
	}
	return &jsonrpc.Request{ID: id, Method: method, Params: params}, nil
}

// response makes a Response of an answer to a call of ours. Its id is matched by the SDK, which drops the unknown ones.
func response(id jsonrpc.ID, hasID bool, fields map[string]json.RawMessage) (jsonrpc.Message, *fault) {
	result, hasResult := fields["result"]
	rawErr, hasErr := fields["error"]
	if !hasID || hasResult == hasErr {
		return nil, invalid(fields["id"], `a message has a "method", or an "id" and either "result" or "error"`)
	}
	if hasResult {
		return &jsonrpc.Response{ID: id, Result: result}, nil
	}
	var wire jsonrpc.Error
	if err := json.Unmarshal(rawErr, &wire); err != nil {
		return nil, invalid(fields["id"], `"error" must be an object with "code" and "message"`)
	}
	return &jsonrpc.Response{ID: id, Error: &wire}, nil
}

func invalid(id json.RawMessage, why string) *fault {
	return &fault{id: id, code: jsonrpc.CodeInvalidRequest, text: "invalid request: " + why}
}

func text(raw json.RawMessage) (string, bool) {
	var s *string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// makeID reports false for anything but a string or an integer that float64 holds exactly.
func makeID(raw json.RawMessage) (jsonrpc.ID, bool) {
	var value any
	if s, ok := text(raw); ok {
		value = s
	} else if f, err := strconv.ParseFloat(string(raw), 64); err == nil && f == math.Trunc(f) && math.Abs(f) < maxID {
		value = f
	} else {
		return jsonrpc.ID{}, false
	}
	id, err := jsonrpc.MakeID(value)
	return id, err == nil
}

// idOfPrefix finds the top-level "id" in the start of a message that was too long to be read, or nil.
func idOfPrefix(prefix []byte) json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(prefix))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil
		}
		if _, ok := makeID(value); key == "id" && ok {
			return value
		}
	}
	return nil
}
