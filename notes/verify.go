package notes

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v4"
)

// saysWith tells whether a changed head says what h does, and more tags.
func (h Head) saysWith(after Head, note, changed []byte, tags []string) bool {
	if after.Format != h.Format || after.End-h.End != len(changed)-len(note) && h.Format != Properties {
		return false
	}
	old, _ := h.tagList()
	now, _ := after.tagList()
	for _, tag := range tags {
		old.list, old.values = true, append(slices.Clip(old.words(true)), Value{Text: tag})
	}
	if !slices.Equal(normalTags(old.words(true)), normalTags(now.words(true))) {
		return false
	}
	if !slices.EqualFunc(h.rest(), after.rest(), func(a, b field) bool { return a.says(b) }) {
		return false
	}
	a, errA := h.decode(note)
	b, errB := after.decode(changed)
	return errA == nil && errB == nil && reflect.DeepEqual(a, b)
}

// rest are the fields that tags are not added to.
func (h Head) rest() []field {
	return slices.DeleteFunc(slices.Clone(h.fields), func(f field) bool { return isTagList(f.name) || f.name == "taxonomies" })
}

func (f field) says(other field) bool {
	return f.name == other.name && f.list == other.list &&
		slices.EqualFunc(f.values, other.values, func(a, b Value) bool { return a.Text == b.Text })
}

// decode reads all but the tags by the library of the format, for a second opinion.
func (h Head) decode(note []byte) (values map[string]any, err error) {
	values, err = h.decodeAll(note)
	withoutTags(values)
	if below, ok := values["taxonomies"].(map[string]any); ok {
		withoutTags(below)
	}
	return values, err
}

// decodeAll reads the head by the library of its format.
func (h Head) decodeAll(note []byte) (values map[string]any, err error) {
	values = map[string]any{}
	switch block := note[h.from:h.to]; h.Format {
	case Properties:
	case TOML:
		err = toml.Unmarshal(block, &values)
	case JSON:
		err = json.Unmarshal(jsonObject(block), &values)
	default:
		err = yaml.Unmarshal(block, &values)
	}
	return values, err
}

func withoutTags(values map[string]any) {
	for key := range values {
		if strings.EqualFold(key, "tags") {
			delete(values, key)
		}
	}
}

// equalButTags compares what two heads hold by the library of their format, but for the keys of tags.
func equalButTags(a, b map[string]any) bool {
	for _, values := range []map[string]any{a, b} {
		if below, ok := values["taxonomies"].(map[string]any); ok {
			withoutTagKeys(below)
		}
		withoutTagKeys(values)
	}
	return reflect.DeepEqual(a, b)
}

func withoutTagKeys(values map[string]any) {
	for key := range values {
		if isTagKey(key) {
			delete(values, key)
		}
	}
}
