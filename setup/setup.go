// Package setup writes the entry of amalfa into the settings of MCP clients.
//
// Every client has a file and a shape of its own; the table in clients.go holds both. An entry is merged into the text of the
// file: whatever else stands there, comments included, stays as it is, byte for byte. Before a file changes, its old text is
// kept beside it, and after the merge both texts are parsed and compared, so that a mistake here cannot reach the file.
package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/natefinch/atomic"
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

// Change is what writing an entry does, or would do, to one file.
type Change struct {
	Client, Path  string
	Before, After string // texts of the file; Before is "" when it does not exist
	Backup        string // where the old text was kept; "" when nothing was written or there was none
}

// Changed reports whether the file differs from what it should be.
func (c Change) Changed() bool { return c.Before != c.After }

// Plan says what writing an entry for a client would do. It returns ErrUnmergeable, wrapped, for a file that it does not
// understand well enough to change.
func Plan(c Client, path string, e Entry) (Change, error) {
	ch := Change{Client: c.Name, Path: path}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ch, fmt.Errorf("read settings of %s: %w", c.Name, err)
	}
	ch.Before = string(data)
	if ch.After, err = c.merge(ch.Before, e); err != nil {
		return ch, fmt.Errorf("merge into %s: %w", path, err)
	}
	return ch, nil
}

// ErrUnmergeable reports a settings file that must be changed by hand.
var ErrUnmergeable = errors.New("cannot be merged safely")

// Write carries a change out. The old text is kept beside the file first, under the time; the new one replaces it at once. A
// symbolic link stays one: its target is written.
func Write(ch Change, now time.Time) (Change, error) {
	if !ch.Changed() {
		return ch, nil
	}
	path, err := filepath.EvalSymlinks(ch.Path)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = ch.Path, os.MkdirAll(filepath.Dir(ch.Path), 0o755)
	}
	if err != nil {
		return ch, fmt.Errorf("write settings of %s: %w", ch.Client, err)
	}
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
		ch.Backup = path + "." + now.Format("20060102-150405.000") + ".bak"
		if err := os.WriteFile(ch.Backup, []byte(ch.Before), 0o600); err != nil {
			return ch, fmt.Errorf("keep the old settings of %s: %w", ch.Client, err)
		}
	}
	if err := atomic.WriteFile(path, bytes.NewReader([]byte(ch.After))); err != nil {
		return ch, fmt.Errorf("write settings of %s: %w", ch.Client, err)
	}
	if err := os.Chmod(path, mode); err != nil {
		return ch, fmt.Errorf("write settings of %s: %w", ch.Client, err)
	}
	return ch, nil
}

// checkTime is what the strictest client gives a server to start (Codex: startup_timeout_sec = 10).
const checkTime = 10 * time.Second

// Report is what Check found.
type Report struct {
	Server, Version, Protocol string
	Tools                     int
	Started                   time.Duration // until the handshake was done
	Status                    string        // the text of memory_status
}

// Check starts an entry as a client would, in another folder and with the environment given, lists its tools and calls
// memory_status. The process has ended when Check returns.
func Check(ctx context.Context, e Entry, dir string, env []string) (r Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.Command, e.Args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = dir, env, &stderr
	start := time.Now()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "amalfa-setup", Version: "1"}, nil).Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		return r, fmt.Errorf("start %s: %w%s", e.Command, err, stderrTail(&stderr))
	}
	r.Started = time.Since(start)
	defer func() { err = errors.Join(err, session.Close()) }()
	if init := session.InitializeResult(); init != nil {
		r.Server, r.Version, r.Protocol = init.ServerInfo.Name, init.ServerInfo.Version, init.ProtocolVersion
	}
	tools, err := session.ListTools(ctx, nil)
	if err != nil {
		return r, fmt.Errorf("list tools: %w", err)
	}
	r.Tools = len(tools.Tools)
	res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "memory_status"})
	if err != nil {
		return r, fmt.Errorf("call memory_status: %w", err)
	}
	for _, c := range res.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			r.Status += t.Text
		}
	}
	if res.IsError {
		return r, fmt.Errorf("call memory_status: %s", r.Status)
	}
	return r, nil
}

// stderrTail is the end of what a server that did not start wrote.
func stderrTail(stderr *bytes.Buffer) string {
	text := bytes.TrimSpace(stderr.Bytes())
	if len(text) == 0 {
		return ""
	}
	return ": " + string(text[max(0, len(text)-1000):])
}
