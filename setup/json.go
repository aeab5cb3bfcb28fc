package setup

import (
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

func mergeAt(text string, entry any, keys ...string) (string, error) {
	if strings.TrimSpace(text) == "" {
		text = "{}\n"
	}
	root, err := hujson.Parse([]byte(text))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	at, unit := &root, indentOf(text)
	for depth, key := range keys {
		obj, ok := at.Value.(*hujson.Object)
		if !ok {
			return "", fmt.Errorf("%w: an object is expected around %q", ErrUnmergeable, key)
		}
		if at = member(obj, key); at == nil {
			at = insert(obj, key, hujson.Value{Value: &hujson.Object{}}, depth, unit)
		}
	}
	servers, ok := at.Value.(*hujson.Object)
	if !ok {
		return "", fmt.Errorf("%w: %q is not an object", ErrUnmergeable, strings.Join(keys, "."))
	}
	if err := place(servers, entry, len(keys), unit); err != nil {
		return "", err
	}
	out := root.String()
	return out, verify(text, out, decodeJSON, keys, entry)
}

// place adds our entry to the servers, or changes ours. An entry that says the same is left as it is written.
func place(servers *hujson.Object, entry any, depth int, unit string) error {
	pad := strings.Repeat(unit, depth+1)
	data := strings.ReplaceAll(string(encode(entry, unit)), "\n", "\n"+pad)
	value, err := hujson.Parse([]byte(data))
	if err != nil {
		return fmt.Errorf("parse entry: %w", err)
	}
	old := member(servers, Name)
	if old == nil {
		insert(servers, Name, value, depth, unit)
		return nil
	}
	if !sameValue(*old, value) {
		old.Value = value.Value
	}
	return nil
}

func sameValue(a, b hujson.Value) bool {
	x, errX := decodeJSON(a.String())
	y, errY := decodeJSON(b.String())
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

// member returns the last member of that name, which is the one that counts for most readers.
func member(obj *hujson.Object, key string) *hujson.Value {
	for i := len(obj.Members) - 1; i >= 0; i-- {
		if name, ok := obj.Members[i].Name.Value.(hujson.Literal); ok && name.String() == key {
			return &obj.Members[i].Value
		}
	}
	return nil
}

// insert adds a member at the end, on a line of its own. Comments behind the last member stay behind it.
func insert(obj *hujson.Object, key string, v hujson.Value, depth int, unit string) *hujson.Value {
	before, after := string(obj.AfterExtra), ""
	if i := strings.LastIndexByte(before, '\n'); i >= 0 {
		before, after = before[:i], before[i:]
	} else {
		after = "\n" + strings.Repeat(unit, depth)
		before = strings.TrimRight(before, " \t")
	}
	name := hujson.Value{BeforeExtra: hujson.Extra(before + "\n" + strings.Repeat(unit, depth+1)), Value: hujson.String(key)}
	v.BeforeExtra = hujson.Extra(" ")
	if n := len(obj.Members); n > 0 && obj.Members[n-1].Value.AfterExtra != nil {
		v.AfterExtra = hujson.Extra{} // the file ends its lists with a comma
	}
	obj.AfterExtra = hujson.Extra(after)
	obj.Members = append(obj.Members, hujson.ObjectMember{Name: name, Value: v})
	return &obj.Members[len(obj.Members)-1].Value
}

// indentOf guesses one level of the file's indentation from its first indented line.
func indentOf(text string) string {
	for line := range strings.Lines(text) {
		if pad := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; pad != "" && strings.TrimSpace(line) != "" {
			return pad
		}
	}
	return "  "
}

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
	if !reflect.DeepEqual(normal(remove(is, keys)), normal(want)) {
		return fmt.Errorf("%w: the entry would not be read back", ErrUnmergeable)
	}
	remove(was, keys)
	if !reflect.DeepEqual(normal(was), normal(is)) {
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

// normal makes trees of different decoders comparable.
func normal(v any) any {
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
