package ingest

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

// maxFrontMatter bounds what a parser is given: real front matter is a few hundred bytes.
const maxFrontMatter = 64 << 10

// maxNames bounds tags and aliases of one note, each.
const maxNames = 1000

// frontMatter is what the index takes from the block at the head of a note.
type frontMatter struct {
	present    bool
	start, end int // byte range of the whole block with its fences
	title      string
	date       string
	tags       []string
	aliases    []string
}

var keyLine = regexp.MustCompile(`^[\pL_][\pL\pN_ -]{0,63}[:=]`)

// parseFrontMatter looks for a block between lines of --- (YAML) or +++ (TOML) on the first line. With an error the rest of
// the note is still good: end says where it begins.
func parseFrontMatter(text []byte) (frontMatter, error) {
	fm := frontMatter{start: bomLength(text)}
	fm.end = fm.start
	fence, inner, end, err := frontMatterBlock(text[fm.start:])
	if inner == nil {
		return fm, err
	}
	fm.present = true
	fm.end += end
	var values map[string][]string
	if fence == "+++" {
		values, err = tomlValues(inner)
	} else {
		values, err = yamlValues(inner)
	}
	if err != nil {
		return fm, fmt.Errorf("front matter: %w", err)
	}
	fm.take(values)
	return fm, nil
}

// frontMatterBlock returns the text between the fences, nil when there is no block, and where the block ends.
func frontMatterBlock(text []byte) (fence string, inner []byte, end int, err error) {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	fence = string(bytes.TrimRight(first, " \t\r"))
	if fence != "---" && fence != "+++" {
		return "", nil, 0, nil
	}
	open := len(first) + 1
	window := rest[:min(len(rest), maxFrontMatter)]
	for pos := 0; pos < len(window); {
		line, _, more := bytes.Cut(window[pos:], []byte("\n"))
		if trimmed := string(bytes.TrimRight(line, " \t\r")); trimmed == fence || fence == "---" && trimmed == "..." {
			return fence, window[:pos:pos], min(open+pos+len(line)+1, len(text)), nil
		}
		if !more {
			break
		}
		pos += len(line) + 1
	}
	if keyLine.Match(rest) { // otherwise it is a rule across the page
		err = fmt.Errorf("front matter: no closing %s within %d KiB", fence, maxFrontMatter>>10)
	}
	return fence, nil, 0, err
}

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
	if top.Kind != yaml.MappingNode {
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

// take files the values under the keys that Obsidian, Hugo, Jekyll and Zettlr write.
func (fm *frontMatter) take(values map[string][]string) {
	fm.title = clip(strings.Join(strings.Fields(first(values["title"])), " "), maxTitle)
	for _, key := range []string{"date", "created", "published"} {
		if fm.date == "" {
			fm.date = clip(strings.TrimSpace(first(values[key])), 64)
		}
	}
	for _, key := range []string{"tags", "tag", "keywords"} {
		for _, tag := range listed(values[key]) {
			if tag, ok := normalTag(tag); ok && len(fm.tags) < maxNames {
				fm.tags = append(fm.tags, tag)
			}
		}
	}
	for _, key := range []string{"aliases", "alias"} {
		for _, alias := range values[key] {
			if alias = clip(strings.TrimSpace(alias), maxTitle); alias != "" && len(fm.aliases) < maxNames {
				fm.aliases = append(fm.aliases, alias)
			}
		}
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
