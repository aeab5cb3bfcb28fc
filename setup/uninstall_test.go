package setup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRemoval takes out what Plan has put in, in each client's file and beside what people have in theirs.
func TestRemoval(t *testing.T) {
	json := []string{"", "{}\n", "{\n  // mine\n  \"theme\": \"dark\",\n}\n", "{\"mcpServers\": {\"other\": {\"command\": \"x\"}}}\n", "\uFEFF{\r\n\t\"a\": 1\r\n}\r\n"}
	toml := []string{"", "model = \"o4\"\n", "model = 1\r\n\r\n[mcp_servers.other]\r\ncommand = \"x\"\r\n", "\uFEFF# mine\na = 1\n"}
	for _, c := range Clients() {
		texts := json
		if c.Name == "codex" {
			texts = toml
		}
		for _, text := range texts {
			path := filepath.Join(t.TempDir(), "settings")
			write(t, path, text)
			added, err := Plan(c, path, entry)
			if err != nil {
				t.Fatal(c.Name, err)
			}
			write(t, path, added.After)
			ch, err := PlanRemoval(c, path)
			if err != nil || strings.Contains(ch.After, Name) {
				t.Errorf("%s: %v in %q", c.Name, err, ch.After)
			}
			if ch.Started.Command != entry.Command {
				t.Errorf("%s: the entry starts %q", c.Name, ch.Started.Command)
			}
			write(t, path, ch.After)
			if again, err := PlanRemoval(c, path); err != nil || again.Changed() {
				t.Errorf("%s: a second time: %v, %q", c.Name, err, again.After)
			}
		}
	}
}

// TestRemovalKeeps holds what stays byte for byte: what is not ours, and what is no entry that starts us.
func TestRemovalKeeps(t *testing.T) {
	cursor, _ := Lookup("cursor")
	codex, _ := Lookup("codex")
	for name, tt := range map[string]struct {
		client       Client
		before, want string
	}{
		"another server of that name":  {cursor, `{"mcpServers":{"amalfa":{"command":"docker","args":["run"]}}}`, ""},
		"over HTTP":                    {cursor, `{"mcpServers":{"amalfa":{"url":"http://127.0.0.1:3015/mcp"}}}`, ""},
		"another word":                 {cursor, `{"mcpServers":{"x":{"command":"amalfa-coast"}}}`, ""},
		"between others":               {cursor, "{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"a\"},\n    \"amalfa\": {\"command\": \"/x\", \"args\": [\"mcp\"]}, // ours\n    \"b\": {\"command\": \"b\"}\n  }\n}\n", "{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"a\"},\n    \"b\": {\"command\": \"b\"}\n  }\n}\n"},
		"a table with tables in it":    {codex, "a = 1 # one\n\n[mcp_servers.amalfa]\ncommand = \"/x\"\nargs = [\"serve\"]\n\n[mcp_servers.amalfa.env]\nA = \"b\"\n\n[ mcp_servers.'b' ]\ncommand = \"b\"\n", "a = 1 # one\n\n[ mcp_servers.'b' ]\ncommand = \"b\"\n"},
		"a value over several lines":   {codex, "[mcp_servers.amalfa]\nargs = [\n \"serve\",\n]\ncommand = '/x'\n[z]\nb = 2\n", "[z]\nb = 2\n"},
		"a comment of the next one":    {codex, "[mcp_servers.amalfa] # ours\ncommand = '/x'\nargs = ['serve']\n\n# about z\n[z]\n", "\n# about z\n[z]\n"},
		"a name that begins with ours": {codex, "[mcp_servers.amalfa2]\ncommand = \"/x\"\nargs = [\"serve\"]\n", ""},
	} {
		path := filepath.Join(t.TempDir(), "settings")
		write(t, path, tt.before)
		ch, err := PlanRemoval(tt.client, path)
		want := tt.want
		if want == "" {
			want = tt.before
		}
		if err != nil || ch.After != want {
			t.Errorf("%s: %v\n%q, want\n%q", name, err, ch.After, want)
		}
	}
	path := filepath.Join(t.TempDir(), "settings")
	for _, text := range []string{`{"mcpServers":{"amalfa":`, "mcp_servers = { amalfa = { command = \"/x\", args = [\"serve\"] } }\n"} {
		c := cursor
		if strings.HasPrefix(text, "mcp") {
			c = codex
		}
		write(t, path, text)
		if ch, err := PlanRemoval(c, path); !errors.Is(err, ErrUnmergeable) {
			t.Errorf("%s: %v, %q", text, err, ch.After)
		}
	}
	if ch, err := PlanRemoval(cursor, filepath.Join(t.TempDir(), "none")); err != nil || ch.Changed() {
		t.Errorf("no file: %v, %+v", err, ch)
	}
}

func TestIsUnit(t *testing.T) {
	u := Unit{Exe: "/opt/a b/amalfa", Root: "/home/ada/$x \"y\"", Log: "/tmp/l"}
	systemd, _ := u.Systemd()
	launchd, _ := u.Launchd()
	for text, want := range map[string]bool{
		string(systemd): true, string(launchd): true, "": false,
		"[Service]\nExecStart=/usr/bin/amalfa-coast serve\n": false,
	} {
		if IsUnit(text) != want {
			t.Errorf("IsUnit(%q) = %v", text, !want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
