package setup

import (
	"fmt"
	"slices"
	"strings"
)

// A shape is how a client writes an entry. Of an entry that is there already only what starts the server is ours: the program, its
// arguments, and where a client wants it the kind; everything else in it is the user's.
type shape struct {
	kind string         // what "type" says; "" = there is no such member
	list bool           // the program and its arguments are one list, "command"
	env  string         // the member that holds variables; "" = "env"
	new  map[string]any // further members of an entry that was not there
}

// A member is a value of ours and where it stands in the entry.
type member struct {
	path  []string
	value any
}

// whole is an entry that was not there.
func (s shape) whole(e Entry) any {
	if s.kind == "" {
		return e
	}
	entry := map[string]any{}
	for _, m := range s.members(e, nil) {
		entry[m.path[0]] = m.value
	}
	for key, value := range s.new {
		entry[key] = value
	}
	return entry
}

// members are what is ours in an entry; old is the one that stands there, or nil.
func (s shape) members(e Entry, old map[string]any) []member {
	var all []member
	if s.kind != "" {
		all = append(all, member{[]string{"type"}, s.kind})
	}
	command, args := []string{"command"}, []string{"args"}
	if nested, ok := old["command"].(map[string]any); ok && !s.list { // Zed before 2025-05
		command, args, old = []string{"command", "path"}, []string{"command", "args"}, nested
	}
	before := texts(old["args"])
	if s.list {
		before = texts(old["command"])
		if len(before) > 0 {
			before = before[1:]
		}
		return append(all, member{command, append([]string{e.Command}, keepFlags(before, e.Args)...)})
	}
	return append(all, member{command, e.Command}, member{args, keepFlags(before, e.Args)})
}

// keepFlags returns the arguments that an entry shall have: those that it has, with our root, where they start the same server; a user may have
// added `--profile full` to them.
func keepFlags(old, want []string) []string {
	if len(old) == 0 || old[0] != want[0] && old[0] != "mcp" || slices.Contains(old, "--http") || slices.Contains(old, "--") {
		return want
	}
	root := want[len(want)-1]
	at := slices.IndexFunc(old, func(arg string) bool { return arg == "--root" || strings.HasPrefix(arg, "--root=") })
	switch {
	case at < 0:
		return append(slices.Clone(old), "--root", root)
	case old[at] != "--root":
		return slices.Concat(old[:at], []string{"--root=" + root}, old[at+1:])
	case at+1 == len(old):
		return append(slices.Clone(old), root)
	}
	return slices.Concat(old[:at+1], []string{root}, old[at+2:])
}

// texts returns a list of text, nil for anything else.
func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil
		}
		out = append(out, text)
	}
	return out
}

// refuse says why an entry cannot be made to start the server: it reaches one over HTTP, and clients take either the one or the other.
func refuse(old map[string]any) error {
	for _, key := range []string{"url", "httpUrl", "serverUrl"} {
		if _, ok := old[key]; ok {
			return fmt.Errorf("%w: its entry %q reaches a server over HTTP by %q; remove the entry, and run this again", ErrUnmergeable, Name, key)
		}
	}
	return nil
}

// A Started is an entry as a client's file has it.
type Started struct {
	Entry
	Env      map[string]string
	Disabled bool
}

// read returns what the entry says; ok is false where it starts no program.
func (s shape) read(entry map[string]any) (st Started, ok bool) {
	at := entry
	if nested, isObject := entry["command"].(map[string]any); isObject {
		at = map[string]any{"command": nested["path"], "args": nested["args"], "env": nested["env"]}
	}
	st.Args = texts(at["args"])
	st.Command, ok = at["command"].(string)
	if list := texts(at["command"]); len(list) > 0 {
		st.Command, st.Args, ok = list[0], list[1:], true
	}
	key := "env"
	if s.env != "" {
		key = s.env
	}
	st.Env = map[string]string{}
	vars, _ := at[key].(map[string]any)
	for name, value := range vars {
		st.Env[name] = fmt.Sprint(value)
	}
	st.Disabled = entry["disabled"] == true || entry["enabled"] == false
	return st, ok && st.Command != ""
}
