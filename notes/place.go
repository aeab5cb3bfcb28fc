package notes

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A change of a note: what gives way to what.
type change struct {
	from, to int
	put      string
}

// add returns the note with more tags in its head, if the result says just that.
func (h Head) add(note []byte, tags []string) ([]byte, error) {
	c, err := h.place(note, tags)
	if err != nil {
		return nil, err
	}
	changed := splice(note, c.from, c.to, c.put)
	after, err := ReadHead(changed)
	if err != nil || !h.saysWith(after, note, changed, tags) {
		return nil, refuse("the tags on line %d are written in a way that is not understood well enough", lineOf(note, c.from))
	}
	return changed, nil
}

// place finds where more tags go.
func (h Head) place(note []byte, tags []string) (change, error) {
	own, listed := h.tagList()
	for f, at := range h.twice(note) {
		return change{}, refuse("the key %q stands on lines %d and %d", f.name, lineOf(note, at), lineOf(note, f.at))
	}
	list := strings.Join(h.Format.quoted(tags), ", ")
	switch {
	case h.Format == Properties:
		return h.placeProperty(note, own, listed, tags), nil
	case !listed:
		return h.placeTagsKey(note, list)
	}
	scalar := strings.Join(h.Format.quoted(own.spelled()), ", ")
	if h.Format == YAML {
		return h.placeYAML(note, own, scalar, list, h.Format.quoted(tags))
	}
	return h.placeValue(note, own.value, scalar, list)
}

// taxonomies is the table that Zola wants tags in.
var taxonomies = regexp.MustCompile(`(?m)^[ \t]*\[[ \t]*taxonomies[ \t]*\][ \t]*(?:#.*)?\n`)

// placeTagsKey adds the key of tags, where sites have it.
func (h Head) placeTagsKey(note []byte, list string) (change, error) {
	c, err := h.placeKey(note, "tags", "["+list+"]")
	if table := taxonomies.FindIndex(note[h.from:h.to]); table != nil && h.Format == TOML {
		c.from, c.to = h.from+table[1], h.from+table[1]
	}
	for _, f := range h.fields {
		if h.Format == YAML && f.name == "taxonomies" {
			return change{}, refuse("taxonomies on line %d hold no tags yet", lineOf(note, f.at))
		}
	}
	return c, err
}

// placeKey adds a key that is not there, with its value as the format writes it.
func (h Head) placeKey(note []byte, key, value string) (change, error) {
	block := note[h.from:h.to]
	eol := lineEnd(block)
	switch h.Format {
	case TOML: // below a table it would belong to that
		return change{h.from, h.from, key + " = " + value + eol}, nil
	case JSON:
		return h.placeMember(note, key, value), nil
	}
	if bytes.HasPrefix(bytes.TrimSpace(block), []byte("{")) {
		return change{}, refuse("the front matter stands in braces")
	}
	return change{h.to, h.to, key + ": " + value + eol}, nil
}

// placeMember puts a key before the first member of an object of JSON, as far from it as that is from the brace.
func (h Head) placeMember(note []byte, key, value string) change {
	put := `"` + key + `": ` + value
	if len(h.fields) == 0 {
		at := h.from + 1 + bytes.IndexByte(note[h.from:h.to], '{')
		return change{at, at, put}
	}
	at := h.fields[0].at
	gap := string(note[h.from+len(bytes.TrimRight(note[h.from:at], " \t\r\n")) : at])
	if gap == "" && at == h.from {
		gap = lineEnd(note[at:])
	}
	return change{at, at, put + "," + gap}
}

// placeProperty goes on with the value of the property, or adds a line below the last one.
func (h Head) placeProperty(note []byte, own field, listed bool, tags []string) change {
	if listed {
		line, _, _ := bytes.Cut(note[own.value:], []byte("\n"))
		value := bytes.TrimRight(line, " \t\r")
		at, between := own.value+len(value), ", "
		switch {
		case len(value) == 0:
			return change{own.value, own.value, strings.Repeat(" ", 1-bytes.Count(note[own.value-1:own.value], []byte(" "))) + strings.Join(tags, ", ")}
		case len(own.words(true)) > 1 && !bytes.ContainsAny(value, separators):
			between = " #"
		}
		return change{at, at, between + strings.Join(tags, between)}
	}
	return h.newProperty(note, "tags", strings.Join(tags, ", "))
}

// newProperty adds a line below the last property.
func (h Head) newProperty(note []byte, key, value string) change {
	last := h.fields[len(h.fields)-1]
	start := bytes.LastIndexByte(note[:last.at], '\n') + 1
	start = max(start, h.Start)
	indent := strings.NewReplacer("-", " ", "*", " ").Replace(string(note[start:last.at]))
	line, eol := indent+key+":: "+value, lineEnd(note)
	if h.to == len(note) && !bytes.HasSuffix(note, []byte("\n")) {
		return change{h.to, h.to, eol + line}
	}
	return change{h.to, h.to, line + eol}
}

// placeValue goes on after the last item of a list in brackets, or makes such a list of a scalar, whose items are written as scalar.
func (h Head) placeValue(note []byte, at int, scalar, list string) (change, error) {
	if at < h.to && note[at] == '[' {
		return h.flowEnd(note, at, list)
	}
	if scalar != "" {
		list = scalar + ", " + list
	}
	return change{at, h.scalarEnd(note, at), "[" + list + "]"}, nil
}

func (h Head) placeYAML(note []byte, own field, scalar, list string, items []string) (change, error) {
	n, at := own.node, own.value
	at += len(nodeMarks.Find(note[at:h.to]))
	switch {
	case commented(n) && len(own.values) > 0:
		return change{}, refuse("line %d: the values of %q begin with # and are a comment to YAML; put quotes around them", lineOf(note, own.at), own.name)
	case n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0:
		return h.blockEnd(note, n, items)
	case n.Kind != yaml.ScalarNode && n.Kind != yaml.SequenceNode:
		return change{}, refuse("line %d: the value is no list", lineOf(note, own.at))
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return change{}, refuse("line %d: the value is a text on several lines", lineOf(note, own.at))
	case n.Tag == "!!null" && n.Value == "":
		at = own.at + 1 + bytes.IndexByte(note[own.at:], ':')
		return change{at, at, " [" + list + "]"}, nil
	}
	return h.placeValue(note, at, scalar, list)
}
