package config

import (
	"fmt"
	"strings"
)

// Schema is the JSON Schema (2020-12) of a settings file: groups as objects, each key with its type, limits and default, and the names of the
// earlier system as deprecated ones. Flat names ("vector.port") are allowed, as Load takes them.
func Schema() map[string]any {
	root := objectSchema()
	properties(root)["$schema"] = map[string]any{"type": "string"}
	for _, k := range Keys() {
		place(root, k.Path, k.schema())
	}
	for _, row := range EarlierNames() {
		if _, isKey := Lookup(row.Name); !row.Variable && !isKey {
			place(root, row.Name, map[string]any{"deprecated": true, "description": row.Fate()})
		}
	}
	root["$schema"], root["title"] = "https://json-schema.org/draft/2020-12/schema", "Settings of amalfa"
	return root
}

func objectSchema() map[string]any {
	return map[string]any{"type": "object", "properties": map[string]any{}, "additionalProperties": false, "patternProperties": map[string]any{`\.`: true}}
}

func properties(schema map[string]any) map[string]any {
	return schema["properties"].(map[string]any)
}

// place puts a schema under a dotted path.
func place(root map[string]any, path string, schema map[string]any) {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		if properties(root)[name] == nil {
			properties(root)[name] = objectSchema()
		}
		root = properties(root)[name].(map[string]any)
	}
	properties(root)[names[len(names)-1]] = schema
}

func (k Key) schema() map[string]any {
	s := map[string]any{"default": k.Default, "description": k.Doc}
	if !k.Project {
		s["description"] = k.Doc + " (your own file only)"
	}
	word := map[string]any{"type": "string"}
	if len(k.Words) > 0 {
		word["enum"] = k.Words
	}
	switch k.Kind {
	case "number":
		s["type"] = []string{"integer", "null"}
		s["minimum"], s["maximum"] = k.Least, k.Most
	case decimal:
		s["type"] = []string{"number", "null"}
		s["minimum"], s["maximum"] = k.Least, k.Most
	case "true or false":
		s["type"] = []string{"boolean", "null"}
	case "list of text":
		s["type"], s["items"] = []string{"array", "null"}, word
	case "object of text":
		s["type"], s["additionalProperties"] = []string{"object", "null"}, word
	case "text":
		s["type"] = []string{"string", "null"}
		if len(k.Words) > 0 {
			words := []any{nil}
			for _, w := range k.Words {
				words = append(words, w)
			}
			s["enum"] = words
		}
	default:
		panic(fmt.Sprintf("config: no schema for %s", k.Kind)) // a kind that Keys does not have
	}
	return s
}
