package notes

import (
	"bytes"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// AddRelation adds a link to what the front matter has under a key: to its list, or to its lone value, which becomes a list. A key, or front
// matter, that is not there is made, its list as the other lists stand there. However the key is spelled, its relation counts
// (RelationOf). No other byte changes. It returns ErrShape as AddTags does, and for properties of a page, which are lines of its text.
func AddRelation(note []byte, key, link string) ([]byte, error) {
	if IsUTF16(note) {
		return nil, refuse("UTF-16 text: convert it to UTF-8")
	}
	text, _ := Clean(note)
	changed, err := addRelation(text, key, link)
	if err == nil && !bytes.Equal(text, note) {
		changed = restore(note, text, changed)
	}
	return changed, err
}

func addRelation(note []byte, key, link string) ([]byte, error) {
	h, err := ReadHead(note)
	switch {
	case err != nil:
		return nil, refuse("%w", err)
	case h.Format == None:
		return newHead(note, key+": ["+strings.Join(YAML.quoted([]string{link}), ", ")+"]"), nil
	case h.Format == Properties:
		return nil, refuse("properties of a page are its text")
	}
	for f, at := range h.twice(note) {
		return nil, refuse("the key %q stands on lines %d and %d", f.name, lineOf(note, at), lineOf(note, f.at))
	}
	kind, _ := RelationOf(key)
	c, err := h.placeRelation(note, kind, key, link)
	if err != nil {
		return nil, err
	}
	changed := splice(note, c.from, c.to, c.put)
	after, err := ReadHead(changed)
	if err != nil || !h.relatesWith(after, note, changed, kind, link) {
		return nil, refuse("line %d is written in a way that is not understood well enough", lineOf(note, c.from))
	}
	return changed, nil
}

// placeRelation finds where a link goes.
func (h Head) placeRelation(note []byte, kind, key, link string) (change, error) {
	own, listed := h.relation(kind)
	list := h.Format.quoted([]string{link})[0]
	if h.Format == YAML && listed && own.value < h.to && len(own.values) > 0 && note[own.values[0].At] == '\'' && !strings.Contains(link, "'") {
		list = "'" + link + "'"
	}
	switch {
	case !listed:
		if indent, ok := h.blockIndent(note); ok {
			eol := lineEnd(note[h.from:])
			return change{h.to, h.to, key + ":" + eol + indent + "- " + list + eol}, nil
		}
		return h.placeKey(note, key, "["+list+"]")
	case h.Format == YAML && !own.list && bytes.HasPrefix(note[own.value:], []byte("[[")):
		end := own.value + len(own.values[0].Text)
		return change{own.value, end, "[" + strings.Join(append(h.Format.quoted([]string{own.values[0].Text}), list), ", ") + "]"}, nil
	}
	scalar := ""
	if len(own.values) == 1 && !own.list {
		scalar = string(note[own.value:h.scalarEnd(note, own.value)])
	}
	if h.Format == YAML {
		return h.placeYAML(note, own, scalar, list, []string{list})
	}
	return h.placeValue(note, own.value, scalar, list)
}

// relation is the last field at the top of the head whose links have a type.
func (h Head) relation(kind string) (field, bool) {
	for _, f := range slices.Backward(h.fields) {
		if f.relates(kind) {
			return f, true
		}
	}
	return field{}, false
}

func (f field) relates(kind string) bool {
	own, ok := RelationOf(f.name)
	return ok && own == kind && !strings.Contains(f.name, ".")
}

// blockIndent is what stands before the dashes of the head's last list with dashes.
func (h Head) blockIndent(note []byte) (indent string, ok bool) {
	for _, f := range slices.Backward(h.fields) {
		if n := f.node; n != nil && n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 {
			at := newPlaces(note, h.from, h.to).of(n.Content[0])
			start := bytes.LastIndexByte(note[:at], '\n') + 1
			if dash := bytes.IndexByte(note[start:at], '-'); dash >= 0 && len(bytes.TrimLeft(note[start:start+dash], " ")) == 0 {
				return string(note[start : start+dash]), true
			}
		}
	}
	return "", false
}

// relatesWith tells whether a changed head says what h does, and one link more under the keys of a relation.
func (h Head) relatesWith(after Head, note, changed []byte, kind, link string) bool {
	if after.Format != h.Format || after.End-h.End != len(changed)-len(note) {
		return false
	}
	rest := func(all []field) []field {
		return slices.DeleteFunc(slices.Clone(all), func(f field) bool { return f.relates(kind) })
	}
	if !slices.EqualFunc(rest(h.fields), rest(after.fields), field.says) || !slices.Equal(append(h.named(kind), link), after.named(kind)) {
		return false
	}
	a, errA := h.decode(note)
	b, errB := after.decode(changed)
	for _, values := range []map[string]any{a, b} {
		for key := range values {
			if own, ok := RelationOf(key); ok && own == kind {
				delete(values, key)
			}
		}
	}
	return errA == nil && errB == nil && reflect.DeepEqual(a, b)
}

// named are all that a relation leads to, by the names that stand there.
func (h Head) named(kind string) (names []string) {
	for _, f := range h.fields {
		if !f.relates(kind) {
			continue
		}
		for _, v := range f.values {
			names = append(names, f.names(v.Text)...)
		}
	}
	return names
}

// names are what a value names: an item of a list one thing, a lone value without links several between commas.
func (f field) names(value string) (names []string) {
	if f.list || strings.Contains(value, "[") {
		return []string{value}
	}
	for name := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}
