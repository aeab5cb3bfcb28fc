package edit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A head is the front matter of a note.
type head struct {
	yaml        bool // there is one, and it is YAML
	inner, stop int  // byte range between its fences
	end         int  // where the rest of the note begins
	top         *yaml.Node
	tags        []string
}

// findHead agrees with ingest about where front matter is.
func findHead(note []byte) (head, error) {
	start := bomLength(note)
	h := head{end: start}
	first, rest, found := bytes.Cut(note[start:], []byte("\n"))
	fence := string(bytes.TrimRight(first, " \t\r"))
	if !found || fence != "---" && fence != "+++" {
		return h, nil
	}
	h.inner = start + len(first) + 1
	h.stop = h.inner
	for line := range bytes.Lines(rest[:min(len(rest), maxHead)]) {
		bare := string(bytes.TrimRight(line, " \t\r\n"))
		if bare == fence || fence == "---" && bare == "..." {
			h.end = h.stop + len(line)
			h.yaml = fence == "---"
			if !h.yaml {
				return h, nil
			}
			return h, h.parse(note[h.inner:h.stop])
		}
		h.stop += len(line)
	}
	if first, _, _ := strings.Cut(string(rest), "\n"); strings.ContainsAny(first, ":=") {
		return h, fmt.Errorf("front matter without an end: %w", ErrShape)
	}
	return h, nil // a rule across the page
}

func (h *head) parse(text []byte) (err error) {
	h.top, err = mapping(text)
	if err != nil {
		return err
	}
	h.tags, err = tagsOf(h.value("tags"))
	return err
}

// mapping parses YAML; nothing at all is an empty mapping.
func mapping(text []byte) (top *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("front matter: %w: %v", ErrShape, r)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("front matter: %w: %w", ErrShape, err)
	}
	if len(doc.Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode}, nil
	}
	if top = doc.Content[0]; top.Kind != yaml.MappingNode || top.Style&yaml.FlowStyle != 0 {
		return nil, fmt.Errorf("front matter: %w: not lines of keys and values", ErrShape)
	}
	return top, nil
}

// key returns the place of a key in the list of keys and values, or -1.
func (h head) key(name string) int {
	if h.top == nil {
		return -1
	}
	for i := 0; i+1 < len(h.top.Content); i += 2 {
		if strings.EqualFold(h.top.Content[i].Value, name) {
			return i
		}
	}
	return -1
}

func (h head) has(name string) bool { return h.key(name) >= 0 }

func (h head) value(name string) *yaml.Node {
	if i := h.key(name); i >= 0 {
		return h.top.Content[i+1]
	}
	return nil
}

// tagsOf reads a list of scalars, or one scalar in which commas or spaces part the tags.
func tagsOf(n *yaml.Node) ([]string, error) {
	switch {
	case n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil, nil
	case n.Kind == yaml.ScalarNode:
		return words(n.Value), nil
	case n.Kind == yaml.SequenceNode:
		var tags []string
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("tags: %w: not a list of words", ErrShape)
			}
			tags = append(tags, strings.TrimLeft(item.Value, "#"))
		}
		return tags, nil
	}
	return nil, fmt.Errorf("tags: %w: not a list of words", ErrShape)
}

// words parts the tags of one scalar, as ingest does: at commas, else at spaces.
func words(value string) []string {
	parts := strings.Fields(value)
	if strings.ContainsAny(value, ",;") {
		parts = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' })
	}
	var tags []string
	for _, p := range parts {
		if p = strings.TrimLeft(strings.TrimSpace(p), "#"); p != "" {
			tags = append(tags, p)
		}
	}
	return tags
}

// add returns the note with more tags in its front matter, if the result says just that.
func (h head) add(note []byte, tags []string) ([]byte, error) {
	text := note[h.inner:h.stop]
	from, to, put := h.place(text, tags)
	if from < 0 {
		return nil, fmt.Errorf("tags of the front matter: %w", ErrShape)
	}
	changed := splice(text, from, to, put)
	after := head{}
	if err := after.parse(changed); err != nil {
		return nil, err
	}
	if !slices.Equal(after.tags, slices.Concat(h.tags, tags)) || !sameBut(h, after, "tags") {
		return nil, fmt.Errorf("tags of the front matter: %w", ErrShape)
	}
	return slices.Concat(note[:h.inner], changed, note[h.stop:]), nil
}

// place says which bytes give way to what; from is -1 when that is not known.
func (h head) place(text []byte, tags []string) (from, to int, put string) {
	eol, list := lineEnd(text), strings.Join(quoted(tags), ", ")
	n := h.value("tags")
	switch {
	case n == nil:
		return len(text), len(text), "tags: [" + list + "]" + eol
	case n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle != 0:
		return flowEnd(text, offset(text, n), len(n.Content) > 0, list)
	case n.Kind == yaml.SequenceNode:
		return blockEnd(text, n, tags, eol)
	case n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return -1, -1, ""
	case n.Tag == "!!null" && n.Value == "":
		key := h.top.Content[h.key("tags")]
		at := offset(text, key)
		colon := bytes.IndexByte(text[at:], ':')
		return at + colon + 1, at + colon + 1, " [" + list + "]"
	}
	at := offset(text, n)
	line, _, _ := bytes.Cut(text[at:], []byte("\n"))
	raw := bytes.TrimRight(line, " \t\r")
	return at, at + len(raw), "[" + strings.Join(append(quoted(h.tags), list), ", ") + "]"
}

// offset is where a node stands. Columns count runes.
func offset(text []byte, n *yaml.Node) int {
	at := 0
	for range n.Line - 1 {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		at += i + 1
	}
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}

// flowEnd finds the bracket that closes the one at open.
func flowEnd(text []byte, open int, some bool, list string) (from, to int, put string) {
	var quote byte
	for i := open + 1; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && bytes.IndexByte([]byte("[, \t\n"), text[i-1]) >= 0:
			quote = c
		case c == ']':
			at := len(bytes.TrimRight(text[:i], " \t\r\n"))
			if some && text[at-1] != ',' {
				list = ", " + list
			} else if some {
				list = " " + list
			}
			return at, at, list
		}
	}
	return -1, -1, ""
}

// blockEnd goes on after the last item, with its indent.
func blockEnd(text []byte, n *yaml.Node, tags []string, eol string) (from, to int, put string) {
	at := offset(text, n.Content[len(n.Content)-1])
	start := bytes.LastIndexByte(text[:at], '\n') + 1
	dash := bytes.IndexByte(text[start:at], '-')
	end := bytes.IndexByte(text[at:], '\n')
	if dash < 0 || end < 0 {
		return -1, -1, ""
	}
	var b strings.Builder
	for _, tag := range quoted(tags) {
		b.Write(text[start : start+dash])
		b.WriteString("- " + tag + eol)
	}
	return at + end + 1, at + end + 1, b.String()
}

// quoted puts quotes around what YAML would read as something else than text.
func quoted(tags []string) []string {
	out := slices.Clone(tags)
	for i, tag := range out {
		var n yaml.Node
		err := yaml.Unmarshal([]byte("["+tag+"]"), &n)
		if err != nil || len(n.Content) != 1 || len(n.Content[0].Content) != 1 || n.Content[0].Content[0].Tag != "!!str" {
			out[i] = `"` + tag + `"`
		}
	}
	return out
}

// sameBut compares two heads in all but one key.
func sameBut(a, b head, name string) bool {
	return slices.EqualFunc(a.without(name), b.without(name), sameNode)
}

func (h head) without(name string) []*yaml.Node {
	i := h.key(name)
	if i < 0 {
		return h.top.Content
	}
	return slices.Concat(h.top.Content[:i], h.top.Content[i+2:])
}

func sameNode(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && a.Anchor == b.Anchor && slices.EqualFunc(a.Content, b.Content, sameNode)
}
