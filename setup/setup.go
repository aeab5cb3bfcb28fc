// Package setup writes the entry of amalfa into the settings of MCP clients.
//
// Every client has a file and a shape of its own; the table in clients.go holds both. An entry is merged into the text of the
// file: whatever else stands there, comments included, stays as it is, byte for byte. Before a file changes, its old text is
// kept beside it, and after the merge both texts are parsed and compared, so that a mistake here cannot reach the file.
package setup

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Name is the key of our entry in every file.
const Name = "amalfa"

// Entry is how a client starts the server.
type Entry struct {
	Command string   `json:"command"`
	Args    []string `json:"args"`
}

// NewEntry serves one workspace. Both paths must be absolute: clients start servers from other folders with another PATH.
func NewEntry(command, root string) Entry {
	return Entry{Command: command, Args: []string{"serve", "--root", root}}
}

// JSON is the entry in the shape that most clients read, in one line.
func (e Entry) JSON() []byte {
	return encode(map[string]any{"mcpServers": map[string]any{Name: e}}, "")
}

func encode(v any, indent string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("setup: encode entry: %v", err)) // strings and lists of them
	}
	return bytes.TrimSpace(b.Bytes())
}
