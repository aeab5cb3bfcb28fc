package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Scope says for whom an entry is written.
type Scope string

// Scopes.
const (
	User    Scope = "user"    // all of this user's sessions
	Project Scope = "project" // sessions in the workspace; the file is usually committed
)

// Env is where this user's files are.
type Env struct {
	OS     string // runtime.GOOS
	Home   string
	Getenv func(string) string
}

func (e Env) home(parts ...string) string {
	return filepath.Join(append([]string{e.Home}, parts...)...)
}

func (e Env) pathOr(variable string, def string) string {
	if v := e.Getenv(variable); filepath.IsAbs(v) {
		return v
	}
	return def
}

// xdg is the folder of settings for programs that follow XDG on every system.
func (e Env) xdg(parts ...string) string {
	return filepath.Join(append([]string{e.pathOr("XDG_CONFIG_HOME", e.home(".config"))}, parts...)...)
}

// appData is the folder of settings for programs that follow each system's own habit.
func (e Env) appData(parts ...string) string {
	base := e.xdg()
	switch e.OS {
	case "darwin":
		base = e.home("Library", "Application Support")
	case "windows":
		base = e.pathOr("APPDATA", e.home("AppData", "Roaming"))
	}
	return filepath.Join(append([]string{base}, parts...)...)
}

// Client is a program that can start amalfa.
type Client struct {
	Name, Title string

	user    func(Env) string
	project string // relative to the workspace; "" = the client has no such file
	merge   func(text string, e Entry) (string, error)
	other   []string // names that the file may have instead, in the same folder
}

// ErrNoScope reports a client without a file for a scope.
var ErrNoScope = errors.New("has no settings file of that scope")

// Path is the file that holds the client's servers.
func (c Client) Path(env Env, scope Scope, root string) (string, error) {
	var path string
	switch {
	case scope == User:
		path = c.user(env)
	case scope == Project && c.project != "":
		path = filepath.Join(root, filepath.FromSlash(c.project))
	default:
		return "", fmt.Errorf("%s %w: %s", c.Name, ErrNoScope, scope)
	}
	for _, name := range c.other {
		if p := filepath.Join(filepath.Dir(path), name); reachable(p) {
			return p, nil
		}
	}
	return path, nil
}

// Installed reports whether this user seems to have the client: its file, or the folder that is its own, exists.
func (c Client) Installed(env Env) bool {
	path := c.user(env)
	dir := filepath.Dir(path)
	return reachable(path) || (dir != filepath.Clean(env.Home) && reachable(dir))
}

// reachable tells whether a file or folder is at path; a link that leads nowhere is none.
func reachable(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Clients returns the clients that we know, in the order of their names.
func Clients() []Client {
	type kv = map[string]any
	plain := func(e Entry) any { return e }
	typed := func(e Entry) any { return kv{"type": "stdio", "command": e.Command, "args": e.Args} }
	local := func(e Entry) any {
		return kv{"type": "local", "command": append([]string{e.Command}, e.Args...), "enabled": true}
	}
	return []Client{
		{Name: "claude-code", Title: "Claude Code", project: ".mcp.json", merge: jsonMerge(typed, "mcpServers"),
			user: func(e Env) string { return e.home(".claude.json") }},
		{Name: "claude-desktop", Title: "Claude Desktop", merge: jsonMerge(plain, "mcpServers"),
			user: func(e Env) string { return e.appData("Claude", "claude_desktop_config.json") }},
		{Name: "codex", Title: "Codex CLI", project: ".codex/config.toml", merge: tomlMerge,
			user: func(e Env) string { return filepath.Join(e.pathOr("CODEX_HOME", e.home(".codex")), "config.toml") }},
		{Name: "cursor", Title: "Cursor", project: ".cursor/mcp.json", merge: jsonMerge(plain, "mcpServers"),
			user: func(e Env) string { return e.home(".cursor", "mcp.json") }},
		{Name: "gemini", Title: "Gemini CLI", project: ".gemini/settings.json", merge: jsonMerge(plain, "mcpServers"),
			user: func(e Env) string { return e.home(".gemini", "settings.json") }},
		{Name: "opencode", Title: "OpenCode", project: "opencode.json", merge: openCodeMerge(local), other: []string{"opencode.jsonc"},
			user: func(e Env) string { return e.xdg("opencode", "opencode.json") }},
		{Name: "vscode", Title: "VS Code", project: ".vscode/mcp.json", merge: jsonMerge(typed, "servers"),
			user: func(e Env) string { return e.appData("Code", "User", "mcp.json") }},
		{Name: "windsurf", Title: "Windsurf", merge: jsonMerge(plain, "mcpServers"),
			user: func(e Env) string { return e.home(".codeium", "windsurf", "mcp_config.json") }},
		{Name: "zed", Title: "Zed", project: ".zed/settings.json", merge: jsonMerge(plain, "context_servers"),
			user: zedSettings},
	}
}

func zedSettings(e Env) string {
	if e.OS == "windows" {
		return e.appData("Zed", "settings.json")
	}
	return e.xdg("zed", "settings.json")
}

// Lookup finds a client by name.
func Lookup(name string) (Client, bool) {
	for _, c := range Clients() {
		if c.Name == name {
			return c, true
		}
	}
	return Client{}, false
}
