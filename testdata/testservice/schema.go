package testservice

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Gives is the schema of a T as it is encoded: lists are never null, and only pointers that are always written may be. It holds what is
// written and nothing else. Its title is the type's name, under which a document has it once.
func Gives[T any]() *jsonschema.Schema {
	s := reflected(reflect.TypeFor[T]())
	walkSchema(s, func(s *jsonschema.Schema) {
		if slices.Contains(s.Types, "array") {
			s.Type, s.Types = "array", nil
		}
		for name, property := range s.Properties {
			if !slices.Contains(s.Required, name) {
				notNull(property)
			}
		}
	})
	return s
}

// Takes is the schema of a body that is decoded into a T: keys that nobody knows are left out, null is as if a key were not there, and only
// those that are required must be.
func Takes[T any](required ...string) *jsonschema.Schema {
	s := reflected(reflect.TypeFor[T]())
	walkSchema(s, func(s *jsonschema.Schema) {
		s.Required = nil
		if s.Type == "object" || slices.Contains(s.Types, "object") {
			s.AdditionalProperties = nil
		}
		for _, property := range s.Properties {
			orNull(property)
		}
	})
	for _, name := range required {
		notNull(s.Properties[name])
	}
	s.Required = required
	return s
}

func reflected(t reflect.Type) *jsonschema.Schema {
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[json.RawMessage](): {}}})
	if err != nil {
		panic(fmt.Sprintf("%v: %v", t, err)) // a test's own mistake
	}
	if name := t.Name(); name != "" && !strings.Contains(name, "[") && t.Kind() == reflect.Struct {
		s.Title = strings.ToUpper(name[:1]) + name[1:]
	}
	return s
}

// walkSchema calls do for a schema and all within it.
func walkSchema(s *jsonschema.Schema, do func(*jsonschema.Schema)) {
	if s == nil {
		return
	}
	do(s)
	for _, within := range s.Properties {
		walkSchema(within, do)
	}
	walkSchema(s.Items, do)
	walkSchema(s.AdditionalProperties, do)
	for _, within := range slices.Concat(s.AnyOf, s.PrefixItems) {
		walkSchema(within, do)
	}
}

func notNull(s *jsonschema.Schema) {
	s.Types = slices.DeleteFunc(s.Types, func(kind string) bool { return kind == "null" })
	if len(s.Types) == 1 {
		s.Type, s.Types = s.Types[0], nil
	}
}

func orNull(s *jsonschema.Schema) {
	if s.Type != "" {
		s.Types, s.Type = []string{"null", s.Type}, ""
	}
}

// With gives properties of an object other schemas than their types have, and names their limits.
func With(s *jsonschema.Schema, properties map[string]*jsonschema.Schema) *jsonschema.Schema {
	for name, property := range properties {
		if s.Properties[name] == nil {
			panic("no property " + name) // a test's own mistake
		}
		s.Properties[name] = property
	}
	return s
}

// AnyOf is what one of several is.
func AnyOf(of ...*jsonschema.Schema) *jsonschema.Schema { return &jsonschema.Schema{AnyOf: of} }

// ListOf is a list.
func ListOf(items *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: items}
}

// Word is one of some words; the empty one and null are as if it were not there.
func Word(words ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Enum: []any{nil, ""}}
	for _, word := range words {
		s.Enum = append(s.Enum, word)
	}
	return s
}

// Text is a string of so many characters at least.
func Text(least int) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	if least > 0 {
		s.MinLength = &least
	}
	return s
}

// Whole is a whole number of a range.
func Whole(least, most int) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: new(float64(least)), Maximum: new(float64(most))}
}

// OrNull is s or null, which is as if it were not there.
func OrNull(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Enum != nil {
		s.Enum = append([]any{nil}, s.Enum...)
	}
	orNull(s)
	return s
}

// Number is a whole number from least on.
func Number(least int) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: new(float64(least))}
}

// Exactly is one of some words.
func Exactly(words ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{}
	for _, word := range words {
		s.Enum = append(s.Enum, word)
	}
	return s
}

// Event is one of a stream of server-sent events, whose data is of a media type, and where that is JSON of a schema.
func Event(media string, data *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", Required: []string{"data"}, Description: "of each event", Properties: map[string]*jsonschema.Schema{
		"data": {Type: "string", ContentMediaType: media, ContentSchema: data}}}
}

// Named gives a schema a name in the document; "" for none.
func Named(name string, s *jsonschema.Schema) *jsonschema.Schema {
	s.Title = name
	return s
}

// Free is anything.
func Free() *jsonschema.Schema { return &jsonschema.Schema{} }
