package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"
)

// errProse reports text between two rules across the page.
var errProse = errors.New("text without keys")

// yamlValues reads the scalars and lists of scalars of a mapping. It works on the parsed nodes and never expands an alias
// into a copy, so a bomb of aliases costs nothing.
func yamlValues(data []byte) (values map[string][]string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	if deepest(data) > 100 {
		return nil, errors.New("nested too deeply")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	top := doc.Content[0]
	switch top.Kind {
	case yaml.MappingNode:
	case yaml.ScalarNode:
		return nil, errProse
	default:
		return nil, errors.New("not a list of keys and values")
	}
	values = make(map[string][]string)
	for i := 0; i+1 < len(top.Content); i += 2 {
		values[strings.ToLower(top.Content[i].Value)] = scalars(top.Content[i+1])
	}
	return values, nil
}

// deepest is an upper bound for how deep brackets, dashes and indentation can nest.
func deepest(data []byte) int {
	depth, most := 0, 0
	for line := range bytes.Lines(data) {
		indent := len(line) - len(bytes.TrimLeft(line, " -?:"))
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			most = max(most, depth+indent/2)
		}
	}
	return most
}

func scalars(n *yaml.Node) []string {
	if n.Kind == yaml.AliasNode && n.Alias != nil && n.Alias.Kind != yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil
		}
		return []string{n.Value}
	case yaml.SequenceNode:
		var list []string
		for _, item := range n.Content {
			if item.Kind == yaml.ScalarNode && item.Tag != "!!null" {
				list = append(list, item.Value)
			}
		}
		return list
	}
	return nil
}

func tomlValues(data []byte) (values map[string][]string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	if deepest(data) > 100 {
		return nil, errors.New("nested too deeply")
	}
	var table map[string]any
	if err := toml.Unmarshal(data, &table); err != nil {
		return nil, err
	}
	values = make(map[string][]string)
	for key, value := range table {
		values[strings.ToLower(key)] = tomlScalars(value)
	}
	return values, nil
}

func tomlScalars(value any) []string {
	switch v := value.(type) {
	case []any:
		var list []string
		for _, item := range v {
			if _, nested := item.([]any); !nested {
				list = append(list, tomlScalars(item)...)
			}
		}
		return list
	case time.Time:
		if v.Hour() == 0 && v.Minute() == 0 && v.Second() == 0 {
			return []string{v.Format(time.DateOnly)}
		}
		return []string{v.Format(time.RFC3339)}
	case map[string]any:
		return nil
	default:
		return []string{fmt.Sprint(v)}
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// listed splits a lone value ("a, b" or "a b") into its words; a list is taken as it stands.
func listed(values []string) []string {
	if len(values) != 1 {
		return values
	}
	if strings.ContainsAny(values[0], ",;") {
		return strings.FieldsFunc(values[0], func(r rune) bool { return r == ',' || r == ';' })
	}
	return strings.Fields(values[0])
}
