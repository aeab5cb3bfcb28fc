package arguments

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// maxExact bounds the whole numbers that a float64 holds exactly: 5.0 and 5e0 are read through one.
const maxExact = 1 << 53

// first is the byte that tells the type of a value, or 0.
func first(raw json.RawMessage) byte {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 {
		return raw[0]
	}
	return 0
}

// unquote returns the value that a text holds as JSON, if it begins with open and is whole; raw itself otherwise. Some hosts
// quote twice.
func unquote(raw json.RawMessage, open byte) json.RawMessage {
	inner := raw
	for range 2 {
		var text string
		if first(inner) != '"' || json.Unmarshal(inner, &text) != nil {
			break
		}
		inner = json.RawMessage(text)
		if (first(inner) == open || isNull(inner)) && (isNull(inner) || json.Valid(inner)) {
			return inner
		}
	}
	return raw
}

func isEmptyText(raw json.RawMessage) bool {
	var text string
	return first(raw) == '"' && json.Unmarshal(raw, &text) == nil && isNone(text)
}

func isEmptyList(raw json.RawMessage) bool {
	var items []json.RawMessage
	return first(raw) == '[' && json.Unmarshal(raw, &items) == nil && len(items) == 0
}

// isNone reports a text that models write where they mean to leave a number or a choice out.
func isNone(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "null", "none", "undefined":
		return true
	}
	return false
}

// single takes the one value out of a list of one. An empty list is null.
func single(raw json.RawMessage) json.RawMessage {
	var items []json.RawMessage
	if first(raw) != '[' || json.Unmarshal(raw, &items) != nil || len(items) > 1 {
		return raw
	}
	if len(items) == 0 {
		return json.RawMessage("null")
	}
	return items[0]
}

// text reads a text; a number or a truth value is the text that it was written as.
func (r *reader) text(name string, raw json.RawMessage, s *jsonschema.Schema) (json.RawMessage, bool) {
	value := single(raw)
	if isNull(value) {
		return nil, false
	}
	var text string
	switch first(value) {
	case '{', '[':
		return r.fault(name, s, raw)
	case '"':
		if json.Unmarshal(value, &text) != nil {
			return r.fault(name, s, raw)
		}
	default:
		text = string(bytes.TrimSpace(value))
	}
	if len(s.Enum) > 0 {
		return r.choice(name, text, raw, s)
	}
	data, err := json.Marshal(text)
	return data, err == nil
}

// choice reads one of some words, in any case.
func (r *reader) choice(name, text string, raw json.RawMessage, s *jsonschema.Schema) (json.RawMessage, bool) {
	i := slices.IndexFunc(s.Enum, func(word any) bool { return strings.EqualFold(fmt.Sprint(word), strings.TrimSpace(text)) })
	switch {
	case i >= 0:
		data, err := json.Marshal(s.Enum[i])
		return data, err == nil
	case isNone(text):
		return nil, false
	}
	return r.fault(name, s, raw)
}

// scalar reads a number or a truth value, which may stand in a text.
func (r *reader) scalar(name string, raw json.RawMessage, s *jsonschema.Schema) (json.RawMessage, bool) {
	value := single(raw)
	if isNull(value) || isEmptyText(value) {
		return nil, false
	}
	word := string(bytes.TrimSpace(value))
	if first(value) == '"' {
		var text string
		if json.Unmarshal(value, &text) != nil {
			return r.fault(name, s, raw)
		}
		word = strings.TrimSpace(text)
	}
	var out string
	var ok bool
	switch kind(s) {
	case "boolean":
		out, ok = truth(word)
	case "integer":
		out, ok = whole(word, s)
	case "number":
		out, ok = real(word, s)
	}
	if !ok {
		return r.fault(name, s, raw)
	}
	return json.RawMessage(out), true
}

func truth(word string) (string, bool) {
	switch strings.ToLower(word) {
	case "true", "1", "1.0", "yes", "on":
		return "true", true
	case "false", "0", "0.0", "no", "off":
		return "false", true
	}
	return "", false
}

// whole reads 5, 5.0 and 5e0 alike.
func whole(word string, s *jsonschema.Schema) (string, bool) {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		f, ok := number(word)
		if !ok || f != math.Trunc(f) || math.Abs(f) > maxExact {
			return "", false
		}
		n = int64(f)
	}
	return strconv.FormatInt(n, 10), within(float64(n), s)
}

func real(word string, s *jsonschema.Schema) (string, bool) {
	f, ok := number(word)
	if !ok || !within(f, s) {
		return "", false
	}
	return strconv.FormatFloat(f, 'g', -1, 64), true
}

// number reads a decimal number. Go's parser also knows hexadecimal numbers, Inf and digits with underscores.
func number(word string) (float64, bool) {
	if word == "" || strings.Trim(word, "0123456789.eE+-") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(word, 64)
	return f, err == nil
}

func within(f float64, s *jsonschema.Schema) bool {
	return (s.Minimum == nil || f >= *s.Minimum) && (s.Maximum == nil || f <= *s.Maximum)
}
