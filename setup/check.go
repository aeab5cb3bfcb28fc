package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// checkTime is what the strictest client gives a server to start (Codex: startup_timeout_sec = 10).
const checkTime = 10 * time.Second

// Report is what Check found.
type Report struct {
	Server, Version, Protocol string
	Tools                     int
	Started                   time.Duration // until the handshake was done
	State                     string        // of the index, as memory_status tells it: "ready", "no_index" or "failed"
	Reason                    string        // why it is not ready
}

// Check starts an entry as a client would, in another folder and with the environment given, lists its tools and calls
// memory_status. The process has ended when Check returns.
func Check(ctx context.Context, e Entry, dir string, env []string) (r Report, err error) {
	if info, err := os.Stat(e.Command); err != nil && filepath.IsAbs(e.Command) {
		return r, fmt.Errorf("start %s: %w", e.Command, err)
	} else if err == nil && info.IsDir() {
		return r, fmt.Errorf("start %s: it is a folder", e.Command)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.Command, e.Args...) // #nosec G204 -- the entry that this command wrote itself
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
	text := ""
	for _, c := range res.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			text += t.Text
		}
	}
	if res.IsError {
		return r, fmt.Errorf("call memory_status: %s", text)
	}
	if status, ok := res.StructuredContent.(map[string]any); ok {
		r.State, _ = status["state"].(string)
		r.Reason, _ = status["reason"].(string)
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

// ClientEnv is the environment that a client gives to the servers it starts: what its library passes on of its own, which is HOME and PATH
// everywhere, and the variables of the entry. A check has no watcher started, which would outlive it.
func ClientEnv(env Env, entry map[string]string) []string {
	pass := []string{"HOME", "PATH"}
	if env.OS == "windows" { // without these no program starts there (modelcontextprotocol/typescript-sdk: getDefaultEnvironment)
		pass = []string{"APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PROCESSOR_ARCHITECTURE", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE"}
	}
	vars := []string{"AMALFA_WATCH_WITH_AGENTS=false"}
	for _, name := range pass {
		if v := env.Getenv(name); v != "" {
			vars = append(vars, name+"="+v)
		}
	}
	for name, v := range entry {
		vars = append(vars, name+"="+v) // the last one of a name counts
	}
	return vars
}
