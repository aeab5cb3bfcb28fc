package arguments

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// expected says what a schema wants.
func expected(s *jsonschema.Schema) string {
	switch kind(s) {
	case "integer":
		return "a whole number" + limits(s.Minimum, s.Maximum)
	case "number":
		return "a number" + limits(s.Minimum, s.Maximum)
	case "boolean":
		return "true or false"
	case "array":
		return "a list" + sizes(s.MinItems, s.MaxItems)
	case "object":
		return "an object" + example(s)
	}
	if len(s.Enum) == 0 {
		return "text"
	}
	words := make([]string, len(s.Enum))
	for i, word := range s.Enum {
		words[i] = fmt.Sprint(word)
	}
	return "one of " + strings.Join(words, ", ")
}

func limits(low, high *float64) string {
	show := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	switch {
	case low != nil && high != nil:
		return " from " + show(*low) + " to " + show(*high)
	case low != nil:
		return " of " + show(*low) + " or more"
	case high != nil:
		return " of " + show(*high) + " or less"
	}
	return ""
}

func sizes(low, high *int) string {
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf(" of %d to %d", *low, *high)
	case high != nil:
		return fmt.Sprintf(" of at most %d", *high)
	}
	return ""
}

// example names what an object must hold.
func example(s *jsonschema.Schema) string {
	if len(s.Required) == 0 {
		return ""
	}
	return " with " + strings.Join(s.Required, ", ")
}

// shown is a value as an error repeats it.
func shown(raw json.RawMessage) string {
	switch first(raw) {
	case 0, 'n':
		return "nothing"
	case '[':
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return "a list"
		}
		return fmt.Sprintf("a list of %d", len(items))
	case '{':
		return "an object"
	case '"':
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return quoted(text)
		}
	}
	return cut(string(bytes.TrimSpace(raw)))
}

// quoted repeats a text of the caller in one line; what is not printed is escaped.
func quoted(text string) string { return strconv.Quote(cut(text)) }

func cut(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "…"
}
