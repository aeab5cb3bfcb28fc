package setup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/tailscale/hujson"
)

// jsonMerge puts our entry, in a client's shape, under a key of a JSON file that may hold comments.
func jsonMerge(shape func(Entry) any, key string) func(string, Entry) (string, error) {
	return func(text string, e Entry) (string, error) { return mergeAt(text, shape(e), key) }
}

// openCodeMerge knows that version 2 of OpenCode moved its servers one level down.
func openCodeMerge(shape func(Entry) any) func(string, Entry) (string, error) {
	return func(text string, e Entry) (string, error) {
		if v, err := hujson.Parse([]byte(text)); err == nil && v.Find("/mcp/servers") != nil {
			return mergeAt(text, shape(e), "mcp", "servers")
		}
		return mergeAt(text, shape(e), "mcp")
	}
}

const byteOrderMark = "\uFEFF"

// mergeAt puts our entry under the objects that keys name, and makes those that are missing. An entry that says the same is
// left as it is written.
func mergeAt(text string, entry any, keys ...string) (string, error) {
	body := strings.TrimPrefix(text, byteOrderMark)
	mark := text[:len(text)-len(body)]
	if strings.TrimSpace(body) == "" {
		body = "{}\n"
	}
	root, err := hujson.Parse([]byte(body))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	l, path := layoutOf(body), ""
	for _, key := range keys {
		if root.Find(path+"/"+key) == nil {
			if err := l.set(&root, path, key, struct{}{}); err != nil {
				return "", err
			}
		}
		path += "/" + key
	}
	if old := root.Find(path + "/" + Name); old == nil || !sameValue(*old, entry) {
		if err := l.set(&root, path, Name, entry); err != nil {
			return "", err
		}
	}
	out := root.String()
	return mark + out, verify(body, out, decodeJSON, keys, entry)
}

func sameValue(old hujson.Value, entry any) bool {
	is, err := decodeJSON(old.String())
	return err == nil && reflect.DeepEqual(normalize(is), normalize(entry))
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
	data, err := hujson.Standardize([]byte(text))
	if err != nil {
		return nil, err
	}
	var m map[string]any
	return m, json.Unmarshal(data, &m)
}

// verify compares what both texts mean: they may differ in our entry alone, and it must be there.
func verify(before, after string, decode func(string) (map[string]any, error), keys []string, entry any) error {
	was, err := decode(before)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	is, err := decode(after)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	var want any
	if err := json.Unmarshal(encode(entry, ""), &want); err != nil {
		return fmt.Errorf("decode entry: %w", err)
	}
	if !reflect.DeepEqual(normalize(remove(is, keys)), normalize(want)) {
		return fmt.Errorf("%w: the entry would not be read back", ErrUnmergeable)
	}
	remove(was, keys)
	if !reflect.DeepEqual(normalize(was), normalize(is)) {
		return fmt.Errorf("%w: something else would change", ErrUnmergeable)
	}
	return nil
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
