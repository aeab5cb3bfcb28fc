package setup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// jsonFile is a JSON file that may hold comments, with our entry under keys.
func jsonFile(s shape, keys ...string) file {
	return file{shape: s, decode: decodeJSON,
		merge: func(text string, e Entry) (string, error) { return mergeAt(text, s, e, keys...) },
		cut:   func(text string) (string, error) { return RemoveMember(text, append(slices.Clone(keys), Name)...) },
		keys:  func(string) []string { return keys },
	}
}

// openCodeFile knows that version 2 of OpenCode moved its servers one level down.
func openCodeFile(s shape) file {
	keys := func(text string) []string {
		if v, err := hujson.Parse([]byte(strings.TrimPrefix(text, byteOrderMark))); err == nil && v.Find("/mcp/servers") != nil {
			return []string{"mcp", "servers"}
		}
		return []string{"mcp"}
	}
	return file{shape: s, decode: decodeJSON, keys: keys,
		merge: func(text string, e Entry) (string, error) { return mergeAt(text, s, e, keys(text)...) },
		cut: func(text string) (string, error) {
			return RemoveMember(text, append(slices.Clone(keys(text)), Name)...)
		}}
}

const byteOrderMark = "\uFEFF"

// mergeAt puts our entry under the objects that keys name, and makes those that are missing. Of an entry that is there only what is ours and
// says something else is changed.
func mergeAt(text string, s shape, e Entry, keys ...string) (string, error) {
	body := strings.TrimPrefix(text, byteOrderMark)
	mark := text[:len(text)-len(body)]
	if strings.TrimSpace(body) == "" {
		body = "{}\n"
	}
	root, err := hujson.Parse([]byte(body))
	if err != nil {
		return "", fmt.Errorf("%w: %s", ErrUnmergeable, strings.TrimPrefix(err.Error(), "hujson: "))
	}
	l, path := layoutOf(body), ""
	for _, key := range keys {
		if at := root.Find(path + "/" + key); at == nil || isNull(*at) {
			if err := l.set(&root, path, key, struct{}{}); err != nil {
				return "", err
			}
		}
		path += "/" + key
	}
	old, _ := value(root.Find(path + "/" + Name)).(map[string]any)
	if err := l.setEntry(&root, path, old, s, e); err != nil {
		return "", err
	}
	out := root.String()
	return mark + out, verify(body, out, decodeJSON, keys, s, e)
}

// setEntry writes an entry that is no object whole, and else the members of ours that differ.
func (l layout) setEntry(root *hujson.Value, path string, old map[string]any, s shape, e Entry) error {
	if old == nil {
		return l.set(root, path, Name, s.whole(e))
	}
	if err := refuse(old); err != nil {
		return err
	}
	for _, m := range s.members(e, old) {
		at := path + "/" + strings.Join(append([]string{Name}, m.path[:len(m.path)-1]...), "/")
		key := m.path[len(m.path)-1]
		is := value(root.Find(at + "/" + key))
		if reflect.DeepEqual(is, normalize(m.value)) {
			continue
		}
		if done, err := replaceItems(root, at+"/"+key, is, m.value); done || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := l.set(root, at, key, m.value); err != nil {
			return err
		}
	}
	return nil
}

// replaceItems changes the items that differ of a list that keeps its length, so that it stays as it is written. It reports whether it could.
func replaceItems(root *hujson.Value, path string, is, want any) (bool, error) {
	old, _ := is.([]any)
	now, _ := want.([]string)
	if len(now) == 0 || len(old) != len(now) {
		return false, nil
	}
	for i, item := range now {
		if old[i] == item {
			continue
		}
		patch := fmt.Appendf(nil, `[{"op":"replace","path":"%s/%d","value":%s}]`, path, i, encode(item, ""))
		if err := root.Patch(patch); err != nil {
			return false, fmt.Errorf("%w: %w", ErrUnmergeable, err)
		}
	}
	return true, nil
}

// value is what a part of a file means, nil where there is none.
func value(v *hujson.Value) (out any) {
	if v == nil {
		return nil
	}
	part := v.Clone()
	part.Standardize()
	if err := json.Unmarshal([]byte(part.String()), &out); err != nil {
		return nil
	}
	return out
}

func isNull(v hujson.Value) bool {
	l, ok := v.Value.(hujson.Literal)
	return ok && string(l) == "null"
}

// A layout is how a file is written: one level of its indentation, and its line end.
type layout struct{ indent, lineEnd string }

// layoutOf takes the indentation of the first indented line, and CRLF where the file has any.
func layoutOf(text string) layout {
	l := layout{"  ", "\n"}
	if strings.Contains(text, "\r\n") {
		l.lineEnd = "\r\n"
	}
	for line := range strings.Lines(text) {
		if pad := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; pad != "" && strings.TrimSpace(line) != "" {
			l.indent = pad
			break
		}
	}
	return l
}

// set adds or replaces the member key of what stands at path, which must exist, by JSON Patch (RFC 6902). Patch puts a new member right behind
// the last one and leaves white space to Format, which would rewrite the whole file: ours is placed by placeLast.
func (l layout) set(root *hujson.Value, path, key string, value any) error {
	obj, ok := root.Find(path).Value.(*hujson.Object)
	if !ok {
		return fmt.Errorf("%w: an object is expected around %q", ErrUnmergeable, key)
	}
	before, depth := *obj, strings.Count(path, "/")
	data := strings.ReplaceAll(string(encode(value, l.indent)), "\n", l.newLine(depth+1))
	if err := root.Patch(fmt.Appendf(nil, `[{"op":"add","path":%q,"value":%s}]`, path+"/"+key, data)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	if len(obj.Members) > len(before.Members) {
		l.placeLast(obj, before, depth)
	}
	return nil
}

// placeLast gives the member that was added to an object a line of its own. Comments behind the member before stay there.
func (l layout) placeLast(obj *hujson.Object, before hujson.Object, depth int) {
	comments, end := strings.TrimRight(string(before.AfterExtra), " \t"), l.newLine(depth)
	if i := bytes.LastIndexByte(before.AfterExtra, '\n'); i >= 0 {
		comments = strings.TrimSuffix(string(before.AfterExtra[:i]), "\r")
		end = string(before.AfterExtra[len(comments):])
	}
	n := len(before.Members)
	added := &obj.Members[n]
	added.Name.BeforeExtra = hujson.Extra(comments + l.newLine(depth+1))
	added.Value.BeforeExtra = hujson.Extra(" ")
	if n > 0 && before.Members[n-1].Value.AfterExtra != nil {
		added.Value.AfterExtra = hujson.Extra{} // the file ends its lists with a comma
	}
	obj.AfterExtra = hujson.Extra(end)
}

func (l layout) newLine(depth int) string { return l.lineEnd + strings.Repeat(l.indent, depth) }

func decodeJSON(text string) (map[string]any, error) {
	data, err := hujson.Standardize([]byte(strings.TrimPrefix(text, byteOrderMark)))
	if err != nil {
		return nil, err
	}
	var m map[string]any
	return m, json.Unmarshal(data, &m)
}

// verify compares what both texts mean: they may differ in what is ours of our entry alone, and that must be there.
func verify(before, after string, decode func(string) (map[string]any, error), keys []string, s shape, e Entry) error {
	was, err := decode(before)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	is, err := decode(after)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	was, is = normalize(was).(map[string]any), normalize(is).(map[string]any)
	old, _ := remove(was, keys).(map[string]any)
	now, _ := remove(is, keys).(map[string]any)
	if old == nil {
		if !reflect.DeepEqual(normalize(now), normalize(s.whole(e))) {
			return fmt.Errorf("%w: the entry would not be read back", ErrUnmergeable)
		}
		now = nil
	}
	for _, m := range s.members(e, old) {
		if old != nil && !reflect.DeepEqual(extract(now, m.path), normalize(m.value)) {
			return fmt.Errorf("%w: the entry would not be read back", ErrUnmergeable)
		}
		extract(old, m.path)
	}
	if !reflect.DeepEqual(old, now) || !reflect.DeepEqual(was, is) {
		return fmt.Errorf("%w: something else would change", ErrUnmergeable)
	}
	return nil
}

// extract removes a member from an entry and returns it.
func extract(entry map[string]any, path []string) any {
	for _, key := range path[:len(path)-1] {
		entry, _ = entry[key].(map[string]any)
	}
	key := path[len(path)-1]
	v := entry[key]
	delete(entry, key)
	return v
}

// remove takes our entry out of a tree, with the objects around it that are empty without it, and returns it.
func remove(tree map[string]any, keys []string) any {
	if len(keys) == 0 {
		entry := tree[Name]
		delete(tree, Name)
		return entry
	}
	child, ok := tree[keys[0]].(map[string]any)
	if !ok {
		if v, there := tree[keys[0]]; there && v == nil {
			delete(tree, keys[0]) // null, which becomes an object
		}
		return nil
	}
	entry := remove(child, keys[1:])
	if len(child) == 0 {
		delete(tree, keys[0])
	}
	return entry
}

// normalize makes trees of different decoders comparable.
func normalize(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		return err
	}
	return out
}
