// Package arguments reads what models send to a tool. A schema says what is wanted; models send null for what they leave out,
// numbers as text, text as numbers, one value where a list is wanted, and keys that their host added. What has one clear
// meaning is taken, all else is refused in words that name the argument and what was expected.
//
// Words: a value is JSON as it was sent; a fault is one reason to refuse a call.
package arguments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

const (
	// maxShown bounds what an error repeats of a value or a key, in bytes.
	maxShown = 60
	// maxFaults is how many faults, and how many unknown keys, one error names.
	maxFaults = 8
)

// Decode fills the struct that into points to from raw, by a schema that was made of the struct's type. raw may be empty or
// null, which is an object without keys, or a JSON text that holds the object. Defaults of the schema stand for what is absent.
func Decode(raw json.RawMessage, schema *jsonschema.Schema, into any) error {
	var r reader
	fields, ok := r.object("", raw, schema)
	if !ok && len(r.faults) == 0 {
		fields, ok = r.object("", []byte("{}"), schema)
	}
	if !ok {
		return r.err()
	}
	if err := json.Unmarshal(fields, into); err != nil {
		return errors.New("arguments: not what the tool's schema says") // the schema was not made of this struct
	}
	return nil
}

// Text reads one value as text; ok is false for null and for what is no text.
func Text(raw json.RawMessage) (text string, ok bool) {
	var r reader
	v, ok := r.text("", raw, &jsonschema.Schema{Type: "string"})
	if !ok || json.Unmarshal(v, &text) != nil {
		return "", false
	}
	return text, true
}

// A reader collects the faults of one call.
type reader struct{ faults []string }

func (r *reader) err() error { return errors.New(strings.Join(r.faults, "\n")) }

// fault adds a fault; it returns nothing, as every method does for a value that is absent or refused.
func (r *reader) fault(name string, s *jsonschema.Schema, raw json.RawMessage) (json.RawMessage, bool) {
	r.add(fmt.Sprintf("%s: expected %s, got %s", label(name), expected(s), shown(raw)))
	return nil, false
}

func (r *reader) add(fault string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, fault)
	}
}

func label(name string) string {
	if name == "" {
		return "arguments"
	}
	return name
}

// value returns raw in the form that s wants; ok is false for a value that is absent, or was refused with a fault.
func (r *reader) value(name string, raw json.RawMessage, s *jsonschema.Schema) (out json.RawMessage, ok bool) {
	if isNull(raw) {
		return nil, false
	}
	switch kind(s) {
	case "object":
		return r.object(name, raw, s)
	case "array":
		return r.list(name, raw, s)
	case "string":
		return r.text(name, raw, s)
	}
	return r.scalar(name, raw, s)
}

// kind is the one type that s wants beside null.
func kind(s *jsonschema.Schema) string {
	if s.Type != "" {
		return s.Type
	}
	for _, t := range s.Types {
		if t != "null" {
			return t
		}
	}
	return ""
}

func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || bytes.Equal(raw, []byte("null"))
}

// object reads an object, or a text that holds one. An empty list is an object without keys: PHP writes it so.
func (r *reader) object(name string, raw json.RawMessage, s *jsonschema.Schema) (json.RawMessage, bool) {
	inner := unquote(raw, '{')
	if isNull(inner) || isEmptyText(inner) || isEmptyList(inner) {
		return nil, false
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(inner, &fields) != nil {
		return r.fault(name, s, raw)
	}
	before := len(r.faults)
	known := map[string]json.RawMessage{}
	unknown := spellings(fields, s)
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[key]
		at := len(r.faults)
		v, ok := r.value(join(name, key), fields[key], p)
		switch {
		case ok:
			known[key] = v
		case len(r.faults) > at:
		case slices.Contains(s.Required, key):
			r.missing(join(name, key), p, unknown)
		case p.Default != nil:
			known[key] = p.Default
		}
	}
	if len(r.faults) > before {
		return nil, false
	}
	data, err := json.Marshal(known)
	return data, err == nil
}

func join(name, key string) string {
	if name == "" {
		return key
	}
	return name + "." + key
}

func (r *reader) missing(name string, s *jsonschema.Schema, unknown []string) {
	text := fmt.Sprintf("%s: required, expected %s", name, expected(s))
	if len(unknown) > 0 {
		text += "; not known here: " + strings.Join(unknown[:min(maxFaults, len(unknown))], ", ")
	}
	r.add(text)
}

// spellings gives keys such as maxTokens or max-tokens the name that s has for them, unless that one was sent too. It returns
// the keys that s does not know, in order; nothing is done with them.
func spellings(fields map[string]json.RawMessage, s *jsonschema.Schema) (unknown []string) {
	byFold := map[string]string{}
	for key := range s.Properties {
		byFold[fold(key)] = key
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if s.Properties[key] != nil {
			continue
		}
		name, ok := byFold[fold(key)]
		if !ok {
			unknown = append(unknown, quoted(key))
			continue
		}
		if isNull(fields[name]) {
			fields[name] = fields[key]
		}
	}
	return unknown
}

func fold(key string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(key))
}

// list reads a list, a text that holds one, or one value, which is a list of one.
func (r *reader) list(name string, raw json.RawMessage, s *jsonschema.Schema) (json.RawMessage, bool) {
	inner := unquote(raw, '[')
	if isNull(inner) || isEmptyText(inner) {
		return nil, false
	}
	var items []json.RawMessage
	if first(inner) != '[' {
		items = []json.RawMessage{inner}
	} else if json.Unmarshal(inner, &items) != nil {
		return r.fault(name, s, raw)
	}
	before := len(r.faults)
	kept := []json.RawMessage{}
	for i, item := range items {
		if v, ok := r.value(fmt.Sprintf("%s[%d]", name, i), item, s.Items); ok {
			kept = append(kept, v)
		}
	}
	if len(r.faults) > before {
		return nil, false
	}
	if s.MinItems != nil && len(kept) < *s.MinItems || s.MaxItems != nil && len(kept) > *s.MaxItems {
		return r.fault(name, s, raw)
	}
	data, err := json.Marshal(kept)
	return data, err == nil
}
