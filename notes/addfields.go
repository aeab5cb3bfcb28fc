package notes

import (
	"bytes"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// A Field is a key that front matter shall hold: a list of texts, or one text.
type Field struct {
	Key    string // letters, digits and _
	Values []string
	List   bool // Values are the items; else the first is the value
}

// fieldKey is what a key may be, so that every format reads it without quotes.
var fieldKey = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

// AddFields adds fields to the front matter, which a note without any gets, or to the page's properties. Items are added to a list that is
// there, but for those that it has; another value that is there stays. No other byte changes. It returns the keys that it changed, in the
// order asked for, and ErrShape for a head that it does not understand well enough: the result is read again, by the library of the
// format too, and compared with what was there before.
func AddFields(note []byte, fields []Field) (changed []byte, keys []string, err error) {
	if IsUTF16(note) {
		return nil, nil, refuse("UTF-16 text: convert it to UTF-8")
	}
	text, _ := Clean(note)
	after := text
	for _, f := range fields {
		if f.Values = cleanValues(f.Values); len(f.Values) == 0 || !fieldKey.MatchString(f.Key) {
			return nil, nil, refuse("no field: %q", f.Key)
		}
		now, err := addField(after, f)
		if err != nil {
			return nil, nil, err
		}
		if !bytes.Equal(now, after) {
			keys = append(keys, f.Key)
		}
		after = now
	}
	if len(keys) > 0 && !bytes.Equal(text, note) {
		after = restore(note, text, after)
	}
	if len(keys) == 0 {
		after = note
	}
	return after, keys, nil
}

// cleanValues are values on one line, without what no reader sees, each once.
func cleanValues(values []string) (out []string) {
	for _, v := range values {
		v = strings.Map(func(r rune) rune {
			if r != '\n' && r != '\t' && IsInvisible(r) {
				return -1
			}
			return r
		}, strings.ToValidUTF8(v, ""))
		if v = oneLine(v); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func addField(note []byte, f Field) ([]byte, error) {
	h, err := ReadHead(note)
	if err != nil {
		return nil, refuse("%w", err)
	}
	if h.Format == None {
		changed := newHead(note, f.Key+": "+f.written(YAML))
		return h.checked(note, changed, f, f.Values)
	}
	for twice, at := range h.twice(note) {
		return nil, refuse("the key %q stands on lines %d and %d", twice.name, lineOf(note, at), lineOf(note, twice.at))
	}
	own, there := h.fieldOf(f.Key)
	if !there {
		c, err := h.placeField(note, f)
		if err != nil {
			return nil, err
		}
		return h.checked(note, splice(note, c.from, c.to, c.put), f, f.Values)
	}
	f.Values = slices.DeleteFunc(slices.Clone(f.Values), func(v string) bool {
		return slices.ContainsFunc(own.values, func(have Value) bool { return Fold(have.Text) == Fold(v) })
	})
	if !f.List || !own.list || own.property || len(f.Values) == 0 {
		return note, nil
	}
	c, err := h.placeItems(note, own, f.Values)
	if err != nil {
		return nil, err
	}
	return h.checked(note, splice(note, c.from, c.to, c.put), f, append(own.texts(), f.Values...))
}

func (f field) texts() (out []string) {
	for _, v := range f.values {
		out = append(out, v.Text)
	}
	return out
}

// fieldOf is the field with a key, however it is spelled.
func (h Head) fieldOf(key string) (field, bool) {
	i := slices.IndexFunc(h.fields, func(f field) bool { return plainKey(f.name) == plainKey(key) })
	if i < 0 {
		return field{}, false
	}
	return h.fields[i], true
}

func (h Head) placeField(note []byte, f Field) (change, error) {
	if h.Format == Properties {
		return h.newProperty(note, f.Key, strings.Join(f.Values, ", ")), nil
	}
	return h.placeKey(note, f.Key, f.written(h.Format))
}

func (h Head) placeItems(note []byte, own field, values []string) (change, error) {
	list := strings.Join(h.Format.quoted(values), ", ")
	if h.Format == YAML {
		return h.placeYAML(note, own, "", list, h.Format.quoted(values))
	}
	return h.placeValue(note, own.value, "", list)
}

// written is the value in a format. A text is quoted always: it may hold any sign.
func (f Field) written(format Format) string {
	if f.List {
		return "[" + strings.Join(format.quoted(f.Values), ", ") + "]"
	}
	return JSON.quoted(f.Values[:1])[0]
}

// checked returns the changed note if its head says what it said, and the field with just these values.
func (h Head) checked(note, changed []byte, f Field, want []string) ([]byte, error) {
	no := refuse("the front matter is written in a way that is not understood well enough to add %q", f.Key)
	after, err := ReadHead(changed)
	if err != nil {
		return nil, no
	}
	own, there := after.fieldOf(f.Key)
	if h.Format == Properties {
		if !there || !bytes.HasSuffix(changed, note[h.to:]) {
			return nil, no
		}
		return changed, nil
	}
	if !there || !slices.Equal(own.texts(), want) || !bytes.HasSuffix(changed, note[h.End:]) {
		return nil, no
	}
	before, errA := h.decodeAll(note)
	now, errB := after.decodeAll(changed)
	dropKey(before, f.Key)
	dropKey(now, f.Key)
	if errA != nil || errB != nil || !reflect.DeepEqual(before, now) {
		return nil, no
	}
	return changed, nil
}

func dropKey(values map[string]any, key string) {
	for have := range values {
		if plainKey(have) == plainKey(key) {
			delete(values, have)
		}
	}
}

// Has tells whether the head has a key, however it is spelled.
func (h Head) Has(key string) bool {
	_, ok := h.fieldOf(key)
	return ok
}
