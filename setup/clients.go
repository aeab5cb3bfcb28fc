package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// pathOr is the folder that a variable names, as the programs that read it take it. A relative path means another folder for each program,
// and is none.
func (e Env) pathOr(variable string, def string) string {
	v := strings.TrimSpace(e.Getenv(variable))
	if rest, ok := strings.CutPrefix(v, "~/"); ok { // of a settings file or a quoted word: no shell has expanded it
		v = e.home(rest)
	}
	if filepath.IsAbs(v) {
		return filepath.Clean(v)
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

// A file is how the settings of a client are read and changed.
type file struct {
	shape  shape
	merge  func(text string, e Entry) (string, error)
	cut    func(text string) (string, error) // takes an entry out that is there
	decode func(text string) (map[string]any, error)
	keys   func(text string) []string // of the objects around the entry
}

// Client is a program that can start amalfa.
type Client struct {
	Name, Title string

	user    func(Env) string
	project string // relative to the workspace; "" = the client has no such file
	file    file
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
	plain, typed := shape{}, shape{kind: "stdio"}
	local := shape{kind: "local", list: true, env: "environment", new: map[string]any{"enabled": true}}
	return []Client{
		{Name: "claude-code", Title: "Claude Code", project: ".mcp.json", file: jsonFile(typed, "mcpServers"),
			user: func(e Env) string { return filepath.Join(e.pathOr("CLAUDE_CONFIG_DIR", e.Home), ".claude.json") }},
		{Name: "claude-desktop", Title: "Claude Desktop", file: jsonFile(plain, "mcpServers"),
			user: func(e Env) string { return e.appData("Claude", "claude_desktop_config.json") }},
		{Name: "codex", Title: "Codex CLI", project: ".codex/config.toml", file: tomlFile(),
			user: func(e Env) string { return filepath.Join(e.pathOr("CODEX_HOME", e.home(".codex")), "config.toml") }},
		{Name: "cursor", Title: "Cursor", project: ".cursor/mcp.json", file: jsonFile(plain, "mcpServers"),
			user: func(e Env) string { return e.home(".cursor", "mcp.json") }},
		{Name: "gemini", Title: "Gemini CLI", project: ".gemini/settings.json", file: jsonFile(plain, "mcpServers"),
			user: func(e Env) string {
				return filepath.Join(e.pathOr("GEMINI_CLI_HOME", e.Home), ".gemini", "settings.json")
			}},
		{Name: "opencode", Title: "OpenCode", project: "opencode.json", file: openCodeFile(local), other: []string{"opencode.jsonc"},
			user: func(e Env) string { return e.xdg("opencode", "opencode.json") }},
		{Name: "vscode", Title: "VS Code", project: ".vscode/mcp.json", file: jsonFile(typed, "servers"),
			user: codeSettings},
		{Name: "windsurf", Title: "Windsurf", file: jsonFile(plain, "mcpServers"),
			user: func(e Env) string { return e.home(".codeium", "windsurf", "mcp_config.json") }},
		{Name: "zed", Title: "Zed", project: ".zed/settings.json", file: jsonFile(plain, "context_servers"),
			user: zedSettings},
	}
}

// codeSettings follows a portable installation, and VSCODE_APPDATA in the place of each system's own folder
// (microsoft/vscode: getUserDataPath).
func codeSettings(e Env) string {
	if portable := e.pathOr("VSCODE_PORTABLE", ""); portable != "" {
		return filepath.Join(portable, "user-data", "User", "mcp.json")
	}
	return filepath.Join(e.pathOr("VSCODE_APPDATA", e.appData()), "Code", "User", "mcp.json")
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
