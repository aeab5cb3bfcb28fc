package sonar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// fields is a JSON object of a client's request. Names are compared byte by byte, as the provider's reader does, and
// whatever is checked is also what is sent: decoding into a struct would let "URL" be checked and "url" be sent.
type fields map[string]json.RawMessage

// keepOnly drops the fields that are not allowed, and those that are null, which mean the same as absent ones.
func (f fields) keepOnly(allowed ...string) {
	for name, value := range f {
		if !slices.Contains(allowed, name) || bytes.Equal(value, []byte("null")) {
			delete(f, name)
		}
	}
}

// decode reads a field into v when it is there.
func (f fields) decode(name string, v any) error {
	if raw, ok := f[name]; ok && json.Unmarshal(raw, v) != nil {
		return badRequest("%s has the wrong type", name)
	}
	return nil
}

// text returns a field that is a string, "" for any other.
func (f fields) text(name string) string {
	var s string
	if f.decode(name, &s) != nil {
		return ""
	}
	return s
}

// filterParts checks the parts of a message's content and keeps of each what belongs to its type.
func filterParts(raw json.RawMessage) (json.RawMessage, error) {
	var parts []fields
	if json.Unmarshal(raw, &parts) != nil {
		return nil, fmt.Errorf("content must be a string or a list of parts")
	}
	for _, p := range parts {
		switch kind := p.text("type"); kind {
		case "text", "refusal":
			p.keepOnly("type", kind)
		case "image_url":
			if err := filterPartObject(p, kind, "url", "detail"); err != nil {
				return nil, err
			}
		case "input_audio":
			if err := filterPartObject(p, kind, "data", "format"); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("content of type %q is not passed on", clip(kind, 40))
		}
	}
	return mustJSON(parts), nil
}

// inlineData is the only kind of address a message may hold: one that brings its bytes along. A provider would fetch
// any other, from inside whatever network it stands in.
var inlineData = regexp.MustCompile(`^data:[a-z0-9.+/-]+;base64,[A-Za-z0-9+/=]*$`)

// filterPartObject keeps the object of a part that has the name of its type.
func filterPartObject(part fields, kind string, inside ...string) error {
	part.keepOnly("type", kind)
	var object fields
	if err := part.decode(kind, &object); err != nil || object == nil {
		return fmt.Errorf("%s must be an object", kind)
	}
	object.keepOnly(inside...)
	if kind == "image_url" && !inlineData.MatchString(object.text("url")) {
		return fmt.Errorf("an image must be a data: URL; sonar has nothing fetched from the network")
	}
	part[kind] = mustJSON(object)
	return nil
}
