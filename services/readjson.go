package services

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"unicode/utf8"
)

// maxDepth bounds how deep arrays and objects nest in a request. The deepest dialect we speak needs 8.
const maxDepth = 64

// ReadJSON decodes the whole body of r into v. Its errors are [Error] values: 413 for a body past the server's limit, 429
// when all bodies together are past theirs, 408 for one that stalls, and 400 for one that is empty, not UTF-8, not JSON,
// nested deeper than 64, followed by more data, naming a key twice in one object, or holding a wrong type, which the message
// names by its field. Unknown fields are left out.
func ReadJSON(r *http.Request, v any) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return bodyError(err)
	}
	return decode(data, v)
}

// ReadBody returns the whole body of r as it came, for a service that passes it on. Its errors are those of [ReadJSON] about
// size and time.
func ReadBody(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	return data, nil
}

func bodyError(err error) error {
	var large *http.MaxBytesError
	var timeout net.Error
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &large):
		return errTooLarge(large.Limit)
	case errors.As(err, &timeout) && timeout.Timeout():
		return &Error{Status: http.StatusRequestTimeout, Kind: "timeout", Message: "the body did not arrive in time"}
	}
	return badRequest("the body ended early", "")
}

func errTooLarge(limit int64) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Kind: "too_large",
		Message: fmt.Sprintf("the body is larger than %d bytes", limit), Advice: "send it in smaller parts"}
}

func badRequest(message, hint string) *Error {
	return &Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: message, Advice: hint}
}

func decode(data []byte, v any) error {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return badRequest("the body is empty", "send a JSON object")
	case !utf8.Valid(data):
		return badRequest("the body is not UTF-8", "")
	case NestsPast(data, maxDepth):
		return badRequest(fmt.Sprintf("the body nests deeper than %d", maxDepth), "")
	}
	if err := unmarshal(data, v); err != nil {
		return jsonError(err)
	}
	if key, ok := duplicate(data); ok {
		return badRequest(fmt.Sprintf("the key %q appears twice in one object", clip(key)), "")
	}
	return nil
}

// NestsPast reports whether the arrays and objects of data nest deeper than limit, before a decoder spends its stack on
// them. It looks at each byte once, and is wrong only about text that is not JSON anyway.
func NestsPast(data []byte, limit int) bool {
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			if depth++; depth > limit {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}

func jsonError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &syntax):
		return badRequest(fmt.Sprintf("the body is not one JSON value (byte %d)", syntax.Offset), "")
	case errors.As(err, &kind) && kind.Field == "":
		return badRequest(fmt.Sprintf("the body: want %s, got %s", jsonName(kind.Type), kind.Value), "")
	case errors.As(err, &kind):
		return badRequest(fmt.Sprintf("%s: want %s, got %s", kind.Field, jsonName(kind.Type), kind.Value), "")
	}
	return badRequest("the body does not have the right shape", "")
}

// jsonName says in JSON's words what a Go type is decoded from.
func jsonName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return jsonName(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// duplicate returns a key that one object of data, which is valid JSON, holds
// twice. Readers disagree on which of the two counts, so neither does.
func duplicate(data []byte) (string, bool) {
	var objects []map[string]bool // one per open bracket; nil for arrays
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{':
			objects = append(objects, map[string]bool{})
		case '[':
			objects = append(objects, nil)
		case '}', ']':
			objects = objects[:len(objects)-1]
		case '"':
			start := i
			i = stringEnd(data, i)
			if len(objects) == 0 || objects[len(objects)-1] == nil || !isKey(data[i+1:]) {
				continue
			}
			key := unquote(data[start : i+1])
			if objects[len(objects)-1][key] {
				return key, true
			}
			objects[len(objects)-1][key] = true
		}
	}
	return "", false
}

// stringEnd returns the index of the quote that ends the string opened at i.
func stringEnd(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}

// isKey reports whether a colon follows, which in valid JSON makes the string before it a key.
func isKey(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

func unquote(raw []byte) string {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return string(raw)
	}
	return s
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
