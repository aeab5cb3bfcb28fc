package setup

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/tailscale/hujson"
)

// SetMember returns a text of JSON, which may hold comments, in which the member that names lead to has a value. Objects on the way that
// are missing are made; everything else stays as it is, byte for byte. It returns [ErrUnmergeable] for a text that it does not understand.
func SetMember(text string, value any, names ...string) (string, error) {
	return editMember(text, names, func(root *hujson.Value, body string) error {
		l, last := layoutOf(body), len(names)-1
		for i := range last {
			if root.Find(pointer(names[:i+1]...)) == nil {
				if err := l.set(root, pointer(names[:i]...), escape(names[i]), struct{}{}); err != nil {
					return err
				}
			}
		}
		return l.set(root, pointer(names[:last]...), escape(names[last]), value)
	}, func(tree map[string]any) {
		for _, name := range names[:len(names)-1] {
			if _, ok := tree[name].(map[string]any); !ok {
				tree[name] = map[string]any{}
			}
			tree = tree[name].(map[string]any)
		}
		tree[names[len(names)-1]] = normalize(value)
	})
}

// RemoveMember is [SetMember] that takes the member out, with the comments that belong to it, and the objects around it that are empty without it.
func RemoveMember(text string, names ...string) (string, error) {
	depth := len(names) // of what is removed
	return editMember(text, names, func(root *hujson.Value, _ string) error {
		for {
			if err := take(root, names[:depth]); err != nil {
				return err
			}
			if depth == 1 || !isEmpty(root.Find(pointer(names[:depth-1]...))) {
				return nil
			}
			depth--
		}
	}, func(tree map[string]any) {
		for _, name := range names[:depth-1] {
			tree, _ = tree[name].(map[string]any)
		}
		delete(tree, names[depth-1])
	})
}

// take removes a member. What was the last one's comma is that of the one before.
func take(root *hujson.Value, names []string) error {
	around := root.Find(pointer(names[:len(names)-1]...))
	if around == nil {
		return fmt.Errorf("%w: nothing is at %s", ErrUnmergeable, strings.Join(names, "."))
	}
	object, ok := around.Value.(*hujson.Object)
	if !ok {
		return fmt.Errorf("%w: an object is expected around %q", ErrUnmergeable, names[len(names)-1])
	}
	end := string(object.AfterExtra)
	comma := len(object.Members) > 0 && object.Members[len(object.Members)-1].Value.AfterExtra != nil
	if err := root.Patch(fmt.Appendf(nil, `[{"op":"remove","path":%q}]`, pointer(names...))); err != nil {
		return fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	if n := len(object.Members); comma && n > 0 && object.Members[n-1].Value.AfterExtra == nil {
		object.Members[n-1].Value.AfterExtra = hujson.Extra{}
	}
	now := string(object.AfterExtra)
	if i, j := strings.LastIndexByte(now, '\n'), strings.LastIndexByte(end, '\n'); i >= 0 && j >= 0 && strings.TrimSpace(now[i:]+end[j:]) == "" {
		object.AfterExtra = hujson.Extra(now[:i] + end[j:]) // the brace stays in its column
	}
	return nil
}

// isEmpty reports whether an object holds nothing, no comment either.
func isEmpty(v *hujson.Value) bool {
	object, ok := v.Value.(*hujson.Object)
	return ok && len(object.Members) == 0 && strings.TrimSpace(string(object.AfterExtra)) == ""
}

// editMember does edit to a text, and checks that it means what expect makes of the meaning before.
func editMember(text string, names []string, edit func(root *hujson.Value, body string) error, expect func(map[string]any)) (string, error) {
	body := strings.TrimPrefix(text, byteOrderMark)
	mark := text[:len(text)-len(body)]
	if strings.TrimSpace(body) == "" {
		body = "{}\n"
	}
	root, err := hujson.Parse([]byte(body))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	if err := edit(&root, body); err != nil {
		return "", err
	}
	out := root.String()
	want, err := decodeJSON(body)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	expect(want)
	if is, err := decodeJSON(out); err != nil || !reflect.DeepEqual(normalize(want), normalize(is)) {
		return "", fmt.Errorf("%w: something else than %s would change", ErrUnmergeable, strings.Join(names, "."))
	}
	return mark + out, nil
}

// pointer is the JSON pointer (RFC 6901) of what names lead to.
func pointer(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("/" + escape(name))
	}
	return b.String()
}

func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }
