package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Template returns the settings file that `init --write-settings` writes: every
// key a project may set, with its default and what it means.
func Template() string {
	var b strings.Builder
	b.WriteString("// Settings of this folder. Keys that reach beyond it (ports, servers, model\n// folders) belong in your own file, which `amalfa doctor` names.\n{\n")
	group := ""
	for _, k := range Keys() {
		if !k.Project {
			continue
		}
		head, tail, nested := strings.Cut(k.Path, ".")
		if group != "" && (!nested || head != group) {
			b.WriteString("  },\n")
			group = ""
		}
		indent, name := "  ", head
		if nested {
			if group == "" {
				fmt.Fprintf(&b, "  %q: {\n", head)
				group = head
			}
			indent, name = "    ", tail
		}
		value, _ := json.Marshal(k.Default) // plain data, cannot fail
		fmt.Fprintf(&b, "%s// %s\n%s%q: %s,\n", indent, k.Doc, indent, name, value)
	}
	if group != "" {
		b.WriteString("  },\n")
	}
	b.WriteString("}\n")
	return b.String()
}
