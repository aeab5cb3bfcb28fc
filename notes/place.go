package notes

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"
)

// A change of a text: what gives way to what.
type change struct {
	from, to int
	put      string
}

// add returns the note with more tags in its front matter, if the result says just that.
func (h Head) add(note []byte, tags []string) ([]byte, error) {
	refused := fmt.Errorf("tags of the front matter: %w", ErrShape)
	c, ok := h.place(note[h.from:h.to], tags)
	if !ok {
		return nil, refused
	}
	changed := splice(note, h.from+c.from, h.from+c.to, c.put)
	after, err := ReadHead(changed)
	if err != nil || after.Format != h.Format || after.End-h.End != len(changed)-len(note) {
		return nil, refused
	}
	want := slices.Concat(normalTags(h.fields["tags"].words()), normalTags(tags))
	if !slices.Equal(normalTags(after.fields["tags"].words()), want) || !h.sameRest(note, after, changed) {
		return nil, refused
	}
	return changed, nil
}

// sameRest tells whether two heads say the same in all but tags. A key that stands twice is said in neither.
func (h Head) sameRest(note []byte, other Head, changed []byte) bool {
	a, errA := h.Format.withoutTags(note[h.from:h.to])
	b, errB := h.Format.withoutTags(changed[other.from:other.to])
	return errA == nil && errB == nil && reflect.DeepEqual(a, b)
}

func (f Format) withoutTags(block []byte) (values map[string]any, err error) {
	values = map[string]any{}
	if f == TOML {
		err = toml.Unmarshal(block, &values)
	} else {
		err = yaml.Unmarshal(block, &values)
	}
	for key := range values {
		if strings.EqualFold(key, "tags") {
			delete(values, key)
		}
	}
	return values, err
}

// place finds where more tags go; ok is false when that is not known.
func (h Head) place(text []byte, tags []string) (c change, ok bool) {
	list := strings.Join(h.Format.quoted(tags), ", ")
	own, listed := h.fields["tags"]
	switch {
	case h.Format == TOML && !listed:
		return change{put: "tags = [" + list + "]" + lineEnd(text)}, true // behind a table it would belong to that
	case h.Format == TOML:
		m := tomlTags.FindIndex(text)
		if m == nil {
			return c, false
		}
		return h.placeValue(text, m[1], own, list)
	case h.yaml != nil && h.yaml.Style&yaml.FlowStyle != 0:
		return c, false
	case !listed:
		return change{len(text), len(text), "tags: [" + list + "]" + lineEnd(text)}, true
	}
	return h.placeYAML(text, tags, list)
}

// tomlTags is what stands before the tags of TOML; the first such line is above all tables.
var tomlTags = regexp.MustCompile(`(?mi)^[ \t]*["']?tags["']?[ \t]*=[ \t]*`)

// placeValue goes on after the last item of a list in brackets, or makes such a list of a scalar.
func (h Head) placeValue(text []byte, at int, own field, list string) (change, bool) {
	if at < len(text) && text[at] == '[' {
		return flowEnd(text, at, list)
	}
	return change{at, scalarEnd(text, at), "[" + strings.Join(append(h.Format.quoted(own.spelled()), list), ", ") + "]"}, true
}

func (h Head) placeYAML(text []byte, tags []string, list string) (c change, ok bool) {
	key, n := h.yamlKey("tags")
	at := offset(text, n)
	switch {
	case n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0:
		return blockEnd(text, n, h.Format.quoted(tags))
	case n.Kind != yaml.ScalarNode && n.Kind != yaml.SequenceNode, n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return c, false
	case n.Tag == "!!null" && n.Value == "":
		at = offset(text, key)
		at += 1 + bytes.IndexByte(text[at:], ':')
		return change{at, at, " [" + list + "]"}, true
	}
	return h.placeValue(text, at, h.fields["tags"], list)
}

// yamlKey returns the node of a key that the head has, and that of its value.
func (h Head) yamlKey(name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(h.yaml.Content); i += 2 {
		if strings.EqualFold(h.yaml.Content[i].Value, name) {
			key, value = h.yaml.Content[i], h.yaml.Content[i+1]
		}
	}
	return key, value
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

// flowEnd goes on after the last item of the list whose bracket is at open.
func flowEnd(text []byte, open int, list string) (c change, ok bool) {
	last := open // the last byte that is neither a space nor in a comment
	for i := open + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == ']':
			return change{last + 1, last + 1, separator(text[last]) + list}, true
		case c == '#' && isSpace(text[i-1]):
			line, _, _ := bytes.Cut(text[i:], []byte("\n"))
			i += len(line)
			continue
		case isSpace(c):
			continue
		case isQuote(c) && (isSpace(text[i-1]) || text[i-1] == '[' || text[i-1] == ','):
			i = quoteEnd(text, i)
		}
		last = i
	}
	return c, false
}

// separator is what stands between the last byte of a list and its next item.
func separator(last byte) string {
	switch last {
	case '[':
		return ""
	case ',':
		return " "
	}
	return ", "
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isQuote(c byte) bool { return c == '"' || c == '\'' }

// quoteEnd is at the quote that closes the one at i, or at the end of the text.
func quoteEnd(text []byte, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote: // YAML's way of writing one
			i++
		default:
			return i
		}
	}
	return len(text) - 1
}

// lineComment is a comment behind a value.
var lineComment = regexp.MustCompile(`[ \t]#.*`)

// scalarEnd is where a scalar on one line ends.
func scalarEnd(text []byte, at int) int {
	line, _, _ := bytes.Cut(text[at:], []byte("\n"))
	if len(line) > 0 && isQuote(line[0]) {
		return at + quoteEnd(line, 0) + 1
	}
	return at + len(bytes.TrimRight(lineComment.ReplaceAll(line, nil), " \t\r"))
}

// blockEnd goes on after the last item of a list with dashes, with its indent.
func blockEnd(text []byte, n *yaml.Node, tags []string) (c change, ok bool) {
	at := offset(text, n.Content[len(n.Content)-1])
	start := bytes.LastIndexByte(text[:at], '\n') + 1
	dash := bytes.IndexByte(text[start:at], '-')
	end := bytes.IndexByte(text[at:], '\n')
	if dash < 0 || end < 0 {
		return c, false
	}
	c.from = at + end + 1
	c.to = c.from
	for _, tag := range tags {
		c.put += string(text[start:start+dash]) + "- " + tag + lineEnd(text)
	}
	return c, true
}

// quoted puts quotes around what the format would read as something else than text.
func (f Format) quoted(tags []string) []string {
	out := slices.Clone(tags)
	for i, tag := range out {
		var n yaml.Node
		err := yaml.Unmarshal([]byte("["+tag+"]"), &n)
		if f == TOML || err != nil || len(n.Content) != 1 || len(n.Content[0].Content) != 1 || n.Content[0].Content[0].Tag != "!!str" {
			out[i] = `"` + tag + `"`
		}
	}
	return out
}
