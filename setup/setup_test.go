package setup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"amalfa/services/mcp"
	"amalfa/store"
	"amalfa/store/sqlite"

	"github.com/google/go-cmp/cmp"
)

// TestMain makes the test binary a server when it is started like one.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "serve" && os.Args[2] == "--root" {
		root := os.Args[3]
		open := func(ctx context.Context) (store.Store, error) {
			return sqlite.Open(ctx, filepath.Join(root, "none.db"), sqlite.Options{ReadOnly: true})
		}
		if err := mcp.Serve(context.Background(), os.Stdin, os.Stdout, mcp.Options{Version: "9", Root: root, Open: open}); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

var entry = NewEntry("/opt/amalfa", "/home/ada/no tes")

func TestEntryJSON(t *testing.T) {
	want := `{"mcpServers":{"amalfa":{"command":"/opt/amalfa","args":["serve","--root","/home/ada/no tes"]}}}`
	if got := string(entry.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMerge(t *testing.T) {
	tests := []struct{ name, client, before, after string }{
		{"no file", "cursor", "", `{
  "mcpServers": {
    "amalfa": {
      "command": "/opt/amalfa",
      "args": [
        "serve",
        "--root",
        "/home/ada/no tes"
      ]
    }
  }
}
`},
		{"beside others, comments kept", "zed", `// Ada's settings
{
	"theme": "dark", // easy on the eyes
	/* servers */
	"context_servers": {
		"other": {"command": "x"} // needed
		// the end
	},
	"vim_mode": true,
}
`, `// Ada's settings
{
	"theme": "dark", // easy on the eyes
	/* servers */
	"context_servers": {
		"other": {"command": "x"}, // needed
		// the end
		"amalfa": {
			"command": "/opt/amalfa",
			"args": [
				"serve",
				"--root",
				"/home/ada/no tes"
			]
		}
	},
	"vim_mode": true,
}
`},
		{"new section after a trailing comma", "vscode", "{\n    \"inputs\": [],\n}\n", `{
    "inputs": [],
    "servers": {
        "amalfa": {
            "args": [
                "serve",
                "--root",
                "/home/ada/no tes"
            ],
            "command": "/opt/amalfa",
            "type": "stdio"
        }
    },
}
`},
		{"old entry replaced where it stands", "claude-desktop", `{"mcpServers":{"amalfa":{"command":"/old"},"z":{"command":"z"}},"n":1}`,
			`{"mcpServers":{"amalfa":{"command":"/opt/amalfa",
      "args": [
        "serve",
        "--root",
        "/home/ada/no tes"
      ]
    },"z":{"command":"z"}},"n":1}`},
		{"the same entry in another form stays", "gemini", `{"mcpServers":{"amalfa":{"args":["serve","--root","/home/ada/no tes"],"command":"/opt/amalfa"}}}`,
			`{"mcpServers":{"amalfa":{"args":["serve","--root","/home/ada/no tes"],"command":"/opt/amalfa"}}}`},
		{"empty object", "claude-code", `{"mcpServers": {}}`, `{"mcpServers": {
    "amalfa": {
      "args": [
        "serve",
        "--root",
        "/home/ada/no tes"
      ],
      "command": "/opt/amalfa",
      "type": "stdio"
    }
  }}`},
		{"opencode 1", "opencode", "{\n  \"mcp\": {}\n}\n", `{
  "mcp": {
    "amalfa": {
      "command": [
        "/opt/amalfa",
        "serve",
        "--root",
        "/home/ada/no tes"
      ],
      "enabled": true,
      "type": "local"
    }
  }
}
`},
		{"opencode 2", "opencode", "{\n  \"mcp\": {\n    \"servers\": {}\n  }\n}\n", `{
  "mcp": {
    "servers": {
      "amalfa": {
        "command": [
          "/opt/amalfa",
          "serve",
          "--root",
          "/home/ada/no tes"
        ],
        "enabled": true,
        "type": "local"
      }
    }
  }
}
`},
		{"byte order mark, CRLF, a blank at the end of a comment", "cursor",
			"\uFEFF{\r\n\t\"mcpServers\": {\r\n\t\t\"x\": {} // mine \r\n\t\t// end \r\n\t}\r\n}\r\n",
			"\uFEFF{\r\n\t\"mcpServers\": {\r\n\t\t\"x\": {}, // mine \r\n\t\t// end \r\n\t\t\"amalfa\": {\r\n\t\t\t\"command\": \"/opt/amalfa\",\r\n" +
				"\t\t\t\"args\": [\r\n\t\t\t\t\"serve\",\r\n\t\t\t\t\"--root\",\r\n\t\t\t\t\"/home/ada/no tes\"\r\n\t\t\t]\r\n\t\t}\r\n\t}\r\n}\r\n"},
		{"codex, no file", "codex", "", "[mcp_servers.amalfa]\ncommand = \"/opt/amalfa\"\nargs = [\"serve\", \"--root\", \"/home/ada/no tes\"]\n"},
		{"codex, beside others", "codex", "model = \"x\" # mine\n\n[mcp_servers.other]\ncommand = \"y\"",
			"model = \"x\" # mine\n\n[mcp_servers.other]\ncommand = \"y\"\n\n[mcp_servers.amalfa]\ncommand = \"/opt/amalfa\"\nargs = [\"serve\", \"--root\", \"/home/ada/no tes\"]\n"},
		{"codex, ours replaced", "codex", "[mcp_servers.amalfa] # mine\nenabled = true\ncommand = \"/old\"\n# why\nargs = [\"a\"]\n\n[mcp_servers.amalfa.env]\ncommand = \"z\"\n",
			"[mcp_servers.amalfa] # mine\nenabled = true\ncommand = \"/opt/amalfa\"\n# why\nargs = [\"serve\", \"--root\", \"/home/ada/no tes\"]\n\n[mcp_servers.amalfa.env]\ncommand = \"z\"\n"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			c, ok := Lookup(tc.client)
			if !ok {
				t.Fatal("no such client")
			}
			got, err := c.file.merge(tc.before, entry)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.after, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			again, err := c.file.merge(got, entry)
			if err != nil || again != got {
				t.Errorf("the second time: %v\n%s", err, cmp.Diff(got, again))
			}
		})
	}
}

func TestMergeRefuses(t *testing.T) {
	for _, tc := range []struct{ name, client, before string }{
		{"broken JSON", "cursor", `{"mcpServers": {`},
		{"a list", "cursor", `[]`},
		{"servers are a list", "cursor", `{"mcpServers": []}`},
		{"the same section twice", "cursor", `{"mcpServers": {}, "mcpServers": {}}`},
		{"broken TOML", "codex", "[mcp_servers.amalfa\n"},
		{"inline table", "codex", "mcp_servers = { other = { command = \"x\" } }\n"},
		{"dotted keys", "codex", "mcp_servers.amalfa.command = \"x\"\n"},
		{"inline in its table", "codex", "[mcp_servers]\namalfa = { command = \"x\" }\n"},
		{"header inside a text", "codex", "x = \"\"\"\n[mcp_servers.amalfa]\n\"\"\"\n"},
		{"over HTTP", "cursor", `{"mcpServers": {"amalfa": {"url": "http://localhost:3015/mcp"}}}`},
		{"over HTTP in a table", "codex", "[mcp_servers.amalfa]\nurl = \"http://localhost:3015/mcp\"\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, _ := Lookup(tc.client)
			if got, err := c.file.merge(tc.before, entry); !errors.Is(err, ErrUnmergeable) {
				t.Errorf("err = %v, text %q", err, got)
			}
		})
	}
}

// FuzzMerge holds that a file is refused or keeps its meaning; verify, inside merge, is what is exercised.
func FuzzMerge(f *testing.F) {
	f.Add(`{"mcpServers":{"a":1,/*x*/},}`, "a = 1\n[mcp_servers.amalfa]\ncommand='x'")
	f.Fuzz(func(t *testing.T, j, tm string) {
		for name, text := range map[string]string{"cursor": j, "opencode": j, "codex": tm} {
			c, _ := Lookup(name)
			out, err := c.file.merge(text, entry)
			if err != nil {
				continue
			}
			if again, err := c.file.merge(out, entry); err != nil || again != out {
				t.Errorf("%s: %q became %q, then %q (%v)", name, text, out, again, err)
			}
		}
	})
}

func TestPlanAndWrite(t *testing.T) {
	now := time.Date(2026, 7, 28, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	c, _ := Lookup("cursor")
	path := filepath.Join(dir, "new", "mcp.json")
	write := func() Change {
		t.Helper()
		ch, err := Plan(c, path, entry)
		if err != nil {
			t.Fatal(err)
		}
		if ch, err = Write(ch, now); err != nil {
			t.Fatal(err)
		}
		return ch
	}
	if ch := write(); !ch.Changed() || ch.Backup != "" {
		t.Errorf("a new file: %+v", ch)
	}
	if ch := write(); ch.Changed() {
		t.Error("written again without need")
	}
	old := `{"mcpServers":{"x":{}}}`
	real := filepath.Join(dir, "dotfiles.json")
	link := filepath.Join(dir, "link.json")
	for _, err := range []error{os.WriteFile(real, []byte(old), 0o640), os.Symlink(real, link)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	path = link
	ch := write()
	kept, err := os.ReadFile(ch.Backup)
	if err != nil || string(kept) != old || ch.Backup != real+".20260728-120000.000.bak" {
		t.Errorf("backup %s: %q, %v", ch.Backup, kept, err)
	}
	data, err := os.ReadFile(real)
	info, errStat := os.Lstat(real)
	if err != nil || errStat != nil || string(data) != ch.After || info.Mode().Perm() != 0o640 {
		t.Errorf("the target: %q %v %v", data, info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
}

func TestPaths(t *testing.T) {
	env := func(system string, vars map[string]string) Env {
		return Env{OS: system, Home: "/home/ada", Getenv: func(k string) string { return vars[k] }}
	}
	tests := []struct {
		client string
		env    Env
		scope  Scope
		want   string // "" = no such scope
	}{
		{"claude-code", env("linux", nil), User, "/home/ada/.claude.json"},
		{"claude-code", env("linux", nil), Project, "/w/.mcp.json"},
		{"claude-desktop", env("linux", nil), User, "/home/ada/.config/Claude/claude_desktop_config.json"},
		{"claude-desktop", env("darwin", nil), User, "/home/ada/Library/Application Support/Claude/claude_desktop_config.json"},
		{"claude-desktop", env("windows", map[string]string{"APPDATA": "/appdata"}), User, "/appdata/Claude/claude_desktop_config.json"},
		{"claude-desktop", env("linux", nil), Project, ""},
		{"codex", env("linux", nil), User, "/home/ada/.codex/config.toml"},
		{"codex", env("linux", map[string]string{"CODEX_HOME": "/c"}), User, "/c/config.toml"},
		{"codex", env("linux", nil), Project, "/w/.codex/config.toml"},
		{"cursor", env("linux", nil), User, "/home/ada/.cursor/mcp.json"},
		{"gemini", env("linux", nil), Project, "/w/.gemini/settings.json"},
		{"opencode", env("linux", map[string]string{"XDG_CONFIG_HOME": "/x"}), User, "/x/opencode/opencode.json"},
		{"opencode", env("linux", map[string]string{"XDG_CONFIG_HOME": "relative"}), User, "/home/ada/.config/opencode/opencode.json"},
		{"vscode", env("darwin", nil), User, "/home/ada/Library/Application Support/Code/User/mcp.json"},
		{"vscode", env("linux", nil), Project, "/w/.vscode/mcp.json"},
		{"windsurf", env("linux", nil), User, "/home/ada/.codeium/windsurf/mcp_config.json"},
		{"windsurf", env("linux", nil), Project, ""},
		{"zed", env("darwin", nil), User, "/home/ada/.config/zed/settings.json"},
	}
	if runtime.GOOS == "windows" {
		t.Skip("the expected paths are written for Unix")
	}
	for _, tc := range tests {
		c, _ := Lookup(tc.client)
		got, err := c.Path(tc.env, tc.scope, "/w")
		if got != tc.want || (err != nil) != (tc.want == "") || (err != nil && !errors.Is(err, ErrNoScope)) {
			t.Errorf("%s %s on %s = %q, %v; want %q", tc.client, tc.scope, tc.env.OS, got, err, tc.want)
		}
	}
}

func TestInstalled(t *testing.T) {
	home := t.TempDir()
	env := Env{OS: "linux", Home: home, Getenv: func(string) string { return "" }}
	for _, err := range []error{
		os.MkdirAll(filepath.Join(home, ".cursor"), 0o755),
		os.MkdirAll(filepath.Join(home, ".config", "opencode"), 0o755),
		os.WriteFile(filepath.Join(home, ".config", "opencode", "opencode.jsonc"), nil, 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, c := range Clients() {
		if c.Installed(env) {
			got = append(got, c.Name)
		}
	}
	if d := cmp.Diff([]string{"cursor", "opencode"}, got); d != "" {
		t.Errorf("installed (-want +got):\n%s", d)
	}
	c, _ := Lookup("opencode")
	if p, err := c.Path(env, User, "/w"); err != nil || filepath.Base(p) != "opencode.jsonc" {
		t.Errorf("the file that is there: %s, %v", p, err)
	}
}

func TestCheck(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Check(context.Background(), NewEntry(exe, t.TempDir()), t.TempDir(), []string{})
	if err != nil || r.Server != "amalfa" || r.Version != "9" || r.Tools != 14 || r.State != "no_index" || r.Reason == "" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := Check(context.Background(), Entry{Command: exe, Args: []string{"-test.run=^$"}}, t.TempDir(), nil); err == nil {
		t.Error("a program that is no server passed")
	}
	if _, err := Check(context.Background(), NewEntry(filepath.Join(t.TempDir(), "absent"), "/"), t.TempDir(), nil); err == nil {
		t.Error("an absent program passed")
	}
}
