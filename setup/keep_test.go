package setup

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a user has put into our entry stays, in every client's shape, byte for byte; only what starts the server is changed.
func TestMergeKeepsEntry(t *testing.T) {
	const args = `["serve", "--root", "/home/ada/no tes"]`
	for _, row := range []struct{ name, client, before, after string }{
		{"members of many clients", "cursor", `{
  "mcpServers": {
    "amalfa": {
      // mine
      "env": {"A": "1"}, "alwaysAllow": ["search_documents"],
      "command": "/old/amalfa", // the old one
      "args": ["serve", "--root", "/old"],
      "timeout": 60, "disabled": false, "type": "stdio", "cwd": "/", "envFile": ".env",
    },
  },
}`, `{
  "mcpServers": {
    "amalfa": {
      // mine
      "env": {"A": "1"}, "alwaysAllow": ["search_documents"],
      "command": "/opt/amalfa", // the old one
      "args": ["serve", "--root", "/home/ada/no tes"],
      "timeout": 60, "disabled": false, "type": "stdio", "cwd": "/", "envFile": ".env",
    },
  },
}`},
		{"only the program", "windsurf", `{"mcpServers":{"amalfa":{"args": ` + args + `,"command":"/old","disabledTools":["x"]}}}`,
			`{"mcpServers":{"amalfa":{"args": ` + args + `,"command":"/opt/amalfa","disabledTools":["x"]}}}`},
		{"flags of one's own", "claude-code", `{"mcpServers":{"amalfa":{"type":"stdio","command":"/opt/amalfa","args":["serve","--profile","full","--root","/home/ada/no tes","--quiet"],"env":{}}}}`,
			`{"mcpServers":{"amalfa":{"type":"stdio","command":"/opt/amalfa","args":["serve","--profile","full","--root","/home/ada/no tes","--quiet"],"env":{}}}}`},
		{"the word mcp", "gemini", `{"mcpServers":{"amalfa":{"command":"/opt/amalfa","args":["mcp","--root=/home/ada/no tes"],"trust":true,"includeTools":["a"]}}}`,
			`{"mcpServers":{"amalfa":{"command":"/opt/amalfa","args":["mcp","--root=/home/ada/no tes"],"trust":true,"includeTools":["a"]}}}`},
		{"no kind yet", "vscode", `{"servers": {"amalfa": {"command": "/opt/amalfa", "args": ` + args + `, "envFile": "x"}}}`,
			`{"servers": {"amalfa": {"command": "/opt/amalfa", "args": ` + args + `, "envFile": "x",
      "type": "stdio"
    }}}`},
		{"a list, turned off", "opencode", `{"mcp": {"amalfa": {"type": "local", "command": ["/old", "serve", "--profile", "full"], "enabled": false, "environment": {"A": "1"}, "timeout": 9}}}`,
			`{"mcp": {"amalfa": {"type": "local", "command": [
        "/opt/amalfa",
        "serve",
        "--profile",
        "full",
        "--root",
        "/home/ada/no tes"
      ], "enabled": false, "environment": {"A": "1"}, "timeout": 9}}}`},
		{"a program of its own", "zed", `{"context_servers": {"amalfa": {"source": "custom", "command": {"path": "/old", "args": ["serve"], "env": {"A": "1"}}, "settings": {}}}}`,
			`{"context_servers": {"amalfa": {"source": "custom", "command": {"path": "/opt/amalfa", "args": [
          "serve",
          "--root",
          "/home/ada/no tes"
        ], "env": {"A": "1"}}, "settings": {}}}}`},
		{"nothing there yet", "cursor", `{"mcpServers": null}`, `{"mcpServers": {
    "amalfa": {
      "command": "/opt/amalfa",
      "args": [
        "serve",
        "--root",
        "/home/ada/no tes"
      ]
    }
  }}`},
		{"a table", "codex", "[mcp_servers.amalfa]\r\ncommand = '/old' # the old one\r\nargs = [\r\n  \"serve\", # mine\r\n  \"--root\",\r\n  \"/home/ada/no tes\",\r\n]\r\nstartup_timeout_sec = 30\r\n[mcp_servers.amalfa.env]\r\nA = '1'\r\n",
			"[mcp_servers.amalfa]\r\ncommand = \"/opt/amalfa\" # the old one\r\nargs = [\r\n  \"serve\", # mine\r\n  \"--root\",\r\n  \"/home/ada/no tes\",\r\n]\r\nstartup_timeout_sec = 30\r\n[mcp_servers.amalfa.env]\r\nA = '1'\r\n"},
		{"values over several lines", "codex", "\uFEFF[mcp_servers.amalfa]\n  args = [\n    \"serve\", \"--profile\", \"full\",\n  ] # mine\nenv = {A = \"#\"}\n",
			"\uFEFF[mcp_servers.amalfa]\ncommand = \"/opt/amalfa\"\n  args = [\"serve\", \"--profile\", \"full\", \"--root\", \"/home/ada/no tes\"] # mine\nenv = {A = \"#\"}\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, _ := Lookup(row.client)
			got, err := c.file.merge(row.before, entry)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(row.after, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if again, err := c.file.merge(got, entry); err != nil || again != got {
				t.Errorf("the second time: %v\n%s", err, cmp.Diff(got, again))
			}
		})
	}
}

func TestKeepFlags(t *testing.T) {
	want := []string{"serve", "--root", "/w"}
	for old, now := range map[string]string{
		`[]`: `["serve","--root","/w"]`, `["-y","amalfa"]`: `["serve","--root","/w"]`, `["serve"]`: `["serve","--root","/w"]`,
		`["serve","--root"]`: `["serve","--root","/w"]`, `["serve","--root","/x","-q"]`: `["serve","--root","/w","-q"]`,
		`["mcp","--root=/x","--profile","full"]`: `["mcp","--root=/w","--profile","full"]`, `["serve","--http","1"]`: `["serve","--root","/w"]`,
		`["serve","--","x"]`: `["serve","--root","/w"]`,
	} {
		var list []string
		if err := json.Unmarshal([]byte(old), &list); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(keepFlags(list, want))
		if err != nil || string(got) != now {
			t.Errorf("%s: %s, want %s (%v)", old, got, now, err)
		}
	}
}
