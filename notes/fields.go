package notes

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"
)

// content is what front matter says, by key in lower case. Of two with one key the last counts.
type content struct {
	fields map[string]field
	yaml   *yaml.Node // the mapping, with its positions; nil when there is none, or the format is another
}

// A field is the value of a key: a scalar, or a list of scalars. Other values are left out.
type field struct {
	items []string
	list  bool
}

// words are the items of a list, or the parts of a lone value, which commas or else spaces keep apart.
func (f field) words() []string {
	switch {
	case f.list || len(f.items) == 0:
		return f.items
	case strings.ContainsAny(f.items[0], ",;"):
		return strings.FieldsFunc(f.items[0], func(r rune) bool { return r == ',' || r == ';' })
	}
	return strings.Fields(f.items[0])
}

// errProse reports text between two rules across the page.
var errProse = errors.New("text without keys")

// maxDepth bounds what is given to a parser that calls itself.
const maxDepth = 100

// parse reads a block in its own language.
func parse(format Format, block []byte) (c content, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	if depth(block) > maxDepth {
		return c, errors.New("nested too deeply")
	}
	if format == TOML {
		var table map[string]any
		err := toml.Unmarshal(block, &table)
		return content{fields: tomlFields(table)}, err
	}
	c.yaml, err = yamlMapping(block)
	c.fields = yamlFields(c.yaml)
	return c, err
}

// depth is an upper bound for how deep brackets, dashes and indentation can nest.
func depth(block []byte) int {
	depth, most := 0, 0
	for line := range bytes.Lines(block) {
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

// yamlMapping parses into nodes, which never expands an alias into a copy, so that a bomb of aliases costs nothing. It
// returns nil for nothing at all.
func yamlMapping(block []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(block, &doc); err != nil || len(doc.Content) == 0 {
		return nil, err
	}
	switch top := doc.Content[0]; top.Kind {
	case yaml.MappingNode:
		return top, nil
	case yaml.ScalarNode:
		return nil, errProse
	}
	return nil, errors.New("not a list of keys and values")
}

func yamlFields(mapping *yaml.Node) map[string]field {
	fields := make(map[string]field)
	for i := 0; mapping != nil && i+1 < len(mapping.Content); i += 2 {
		fields[strings.ToLower(mapping.Content[i].Value)] = yamlField(mapping.Content[i+1])
	}
	return fields
}

func yamlField(n *yaml.Node) field {
	if n.Kind == yaml.AliasNode && n.Alias != nil && n.Alias.Kind != yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.SequenceNode {
		return field{items: yamlScalar(nil, n)}
	}
	f := field{list: true}
	for _, item := range n.Content {
		f.items = yamlScalar(f.items, item)
	}
	return f
}

func yamlScalar(list []string, n *yaml.Node) []string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return list
	}
	return append(list, n.Value)
}

func tomlFields(table map[string]any) map[string]field {
	fields := make(map[string]field)
	for key, value := range table {
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		f := field{list: ok}
		for _, item := range list {
			f.items = tomlScalar(f.items, item)
		}
		fields[strings.ToLower(key)] = f
	}
	return fields
}

func tomlScalar(list []string, value any) []string {
	switch v := value.(type) {
	case []any, map[string]any, []map[string]any:
		return list
	case time.Time:
		if v.Hour() == 0 && v.Minute() == 0 && v.Second() == 0 {
			return append(list, v.Format(time.DateOnly))
		}
		return append(list, v.Format(time.RFC3339))
	}
	return append(list, fmt.Sprint(value))
}

var (
	// keyLine is how a line of front matter begins; "https://" is none.
	keyLine     = regexp.MustCompile(`^["']?[\pL_][\pL\pN_ -]{0,63}["']?[ \t]*[:=](?:[^/]|/[^/]|/?$)`)
	tableLine   = regexp.MustCompile(`^\[\[?[\w. "'-]+\]\]?[ \t]*(?:#.*)?$`)
	commentLine = regexp.MustCompile(`^[ \t]*(?:#.*)?$`)
)

// keyed tells whether a block that its language refuses was meant for front matter: its first line, but for blank ones and
// comments, begins with a key. Otherwise it is prose that happens to stand between two fences.
func keyed(format Format, block []byte) bool {
	for line := range bytes.Lines(block) {
		line = bytes.TrimRight(line, "\r\n")
		if !commentLine.Match(line) {
			return keyLine.Match(line) || format == TOML && tableLine.Match(line)
		}
	}
	return false
}

// plainFields reads the lines "key: value" and "key = value" of a block that its own language does not take, such as
// "title: Tides: a survey". Values that go on over several lines are left out.
func plainFields(block []byte) map[string]field {
	fields := make(map[string]field)
	for line := range strings.Lines(Readable(block)) {
		at := strings.IndexAny(line, ":=")
		if at < 1 || !keyLine.MatchString(line) {
			continue
		}
		key, value := strings.ToLower(strings.Trim(line[:at], " \t\"'")), strings.TrimSpace(line[at+1:])
		f := fields[key]
		list := []string{value}
		if inner, ok := strings.CutPrefix(value, "["); ok {
			f.list = true
			list = strings.Split(strings.TrimSuffix(inner, "]"), ",")
		}
		for _, v := range list {
			if v = strings.Trim(v, " \t\"'"); v != "" {
				f.items = append(f.items, v)
			}
		}
		fields[key] = f
	}
	return fields
}
