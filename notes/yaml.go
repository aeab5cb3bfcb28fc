package notes

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// readYAML reads a block of YAML. It parses into nodes, which never expands an alias into a copy, so that a bomb of aliases
// costs nothing.
func readYAML(note []byte, from, to int) ([]field, error) {
	mapping, err := yamlMapping(note[from:to])
	if err != nil || mapping == nil {
		return nil, atLine(err, note, from)
	}
	r := yamlReader{note: note, at: newPlaces(note, from, to)}
	r.mapping("", mapping)
	for i, f := range r.fields {
		if isTagKey(f.name) && commented(f.node) {
			r.fields[i] = r.reread(f, r.fields[i+1:], to)
		}
	}
	return r.fields, nil
}

// yamlMapping returns nil for nothing at all.
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

// atLine gives an error of YAML the line of the note.
func atLine(err error, note []byte, from int) error {
	var load *yaml.LoadError
	switch {
	case errors.Is(err, errProse):
		return lineError(note, from, 1, err)
	case !errors.As(err, &load):
		return err
	}
	return lineError(note, from, load.Mark.Line, errors.New(load.Message))
}

// lineError is what is wrong on a line, counted from 1, of the block that begins at from.
func lineError(note []byte, from, line int, err error) error {
	return fmt.Errorf("line %d: %w", max(line, 1)+bytes.Count(note[:from], []byte{'\n'}), err)
}

type yamlReader struct {
	fieldList
	note []byte
	at   *places
}

// mapping reads keys and their values. What a merge key ("<<") brings goes first, since a key of the mapping's own counts more.
func (r *yamlReader) mapping(prefix string, n *yaml.Node) {
	defer r.enter()()
	for i := 0; i+1 < len(n.Content) && r.count < maxValues; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		r.count++
		if base := target(value); key.Tag == "!!merge" && base.Kind == yaml.MappingNode {
			r.mapping(prefix, base)
			continue
		}
		r.collect(r.open(field{name: prefix + key.Value, at: r.at.of(key), value: r.at.of(value), node: value}), value)
	}
}

func (r *yamlReader) collect(i int, n *yaml.Node) {
	r.count++
	switch n = target(n); {
	case r.count >= maxValues:
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		r.add(i, n.Value, r.at.of(n))
	case n.Kind == yaml.SequenceNode:
		if link, ok := r.wikilink(n); ok {
			r.add(i, link, r.at.of(n))
			return
		}
		r.fields[i].list = true
		for _, item := range n.Content {
			r.collect(i, item)
		}
	case n.Kind == yaml.MappingNode && isSet(n):
		r.fields[i].list = true
		for j := 0; j < len(n.Content); j += 2 {
			r.collect(i, n.Content[j])
		}
	case n.Kind == yaml.MappingNode:
		r.mapping(r.fields[i].name+".", n)
	}
}

// target is the node that an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// isSet tells whether a mapping holds keys without values: {sea, ships}.
func isSet(n *yaml.Node) bool {
	for i := 1; i < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!null" {
			return false
		}
	}
	return len(n.Content) > 0
}

// wikilink reads [[note]] without quotes, which YAML takes for a list in a list.
func (r *yamlReader) wikilink(n *yaml.Node) (string, bool) {
	if n.Style&yaml.FlowStyle == 0 || len(n.Content) != 1 || n.Content[0].Kind != yaml.SequenceNode {
		return "", false
	}
	at := r.at.of(n)
	line, _, _ := bytes.Cut(r.note[at:], []byte("\n"))
	end := bytes.Index(line, []byte("]]"))
	if !bytes.HasPrefix(line, []byte("[[")) || end < 0 || bytes.ContainsAny(line[2:end], "[]") {
		return "", false
	}
	return Readable(line[:end+2]), true
}

// commented tells whether YAML takes for a comment what was meant for a value: "tags: #sea".
func commented(n *yaml.Node) bool {
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			if item.Tag == "!!null" && item.Value == "" {
				return true
			}
		}
	}
	return n.Tag == "!!null" && n.Value == ""
}

// reread reads a field as if its block were not YAML. It ends above the line of the next one.
func (r *yamlReader) reread(f field, below []field, to int) field {
	for _, next := range below {
		if line := bytes.LastIndexByte(r.note[:next.at], '\n') + 1; line > f.at {
			to = line
			break
		}
	}
	if again := readLines(YAML, r.note, f.at, to); len(again) > 0 && len(again[0].values) > 0 {
		f.list, f.values = again[0].list, again[0].values
	}
	return f
}

func isBlank(r rune) bool { return strings.ContainsRune(" \t\r\n\u00a0\u3000", r) }
