package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// A composition is what this test reads of docs/compose.yaml.
type composition struct {
	Services map[string]struct {
		Image     string
		Command   []string
		DependsOn map[string]any `yaml:"depends_on"`
		Configs   []struct{ Source string }
	}
	Configs map[string]struct{ Content string }
	Volumes map[string]any
}

// TestCompose holds that the file says what docs/team.md and the program say; with AMALFA_COMPOSE set, and the images that it names at hand,
// it runs it.
func TestCompose(t *testing.T) {
	data, err := os.ReadFile("docs/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c composition
	if err := yaml.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	bin := program(t)
	for name, s := range c.Services {
		if s.Image == "amalfa" {
			help(t, bin, name, s.Command)
		}
		for other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s waits for %s, which there is not", name, other)
			}
		}
		for _, config := range s.Configs {
			if c.Configs[config.Source].Content == "" {
				t.Errorf("%s is given %s, which there is not", name, config.Source)
			}
		}
	}
	for _, command := range regexp.MustCompile(`"/usr/bin/amalfa", ([^\]]*)\]`).FindAllStringSubmatch(string(data), -1) {
		help(t, bin, "a health check", strings.Split(strings.ReplaceAll(command[1], `"`, ""), ", "))
	}
	page, err := os.ReadFile("docs/team.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"CREATE ROLE amalfa LOGIN PASSWORD", "CREATE EXTENSION vector;"} {
		if !strings.Contains(c.Configs["role"].Content, statement) || !strings.Contains(string(page), statement) {
			t.Errorf("the page or the file is without %s", statement)
		}
	}
	if os.Getenv("AMALFA_COMPOSE") != "" {
		compose(t)
	}
}

// help makes sure that a command and its flags are the program's.
func help(t *testing.T, bin, who string, command []string) {
	t.Helper()
	end := slices.IndexFunc(command, func(word string) bool { return strings.HasPrefix(word, "-") })
	if end < 0 {
		end = len(command)
	}
	if command[0] == "share" {
		end = 1 // what follows is a name
	}
	out, err := exec.Command(bin, append(slices.Clone(command[:end]), "--help")...).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "amalfa "+command[0]) {
		t.Errorf("%s: %v: %v\n%s", who, command, err, out)
	}
	for _, flag := range command[end:] {
		if strings.HasPrefix(flag, "-") && !strings.Contains(string(out), flag) {
			t.Errorf("%s: %v: %s is no flag of it", who, command, flag)
		}
	}
}

// compose brings all containers up, asks by way of the proxy for a note, has a note written, and asks for it.
func compose(t *testing.T) {
	t.Helper()
	dir, token := t.TempDir(), "0123456789abcdef"
	env := fmt.Sprintf("POSTGRES_PASSWORD=%s\nAMALFA_PASSWORD=%s\nAMALFA_MCP_TOKEN=%s\n", `it's @:/%`, `a"b @:/%`, token)
	for name, text := range map[string]string{".env": env, "notes/tides.md": "# Tides\n\nHigh water at the old pier.\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "notes"), 0o777); err != nil { // the container's user is another
		t.Fatal(err)
	}
	file, err := filepath.Abs("docs/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	docker := func(args ...string) {
		t.Helper()
		cmd := exec.Command("docker", append([]string{"compose", "--project-name", "amalfa-test", "--project-directory", dir, "--file", file}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("docker compose %v: %v\n%s", args, err, out)
		}
	}
	t.Cleanup(func() { docker("down", "--volumes") })
	docker("up", "--detach", "--wait")
	if answer := askDoor(t, token, "high water"); !strings.Contains(answer, "tides.md") {
		t.Errorf("answer: %s", answer)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes", "zebra.md"), []byte("# Zebra\n\nThe zebrafinch sings.\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	docker("kill", "first")
	for until := time.Now().Add(time.Minute); !strings.Contains(askDoor(t, token, "zebrafinch"), "zebra.md"); time.Sleep(time.Second) {
		if time.Now().After(until) {
			t.Fatal("a new note is not found")
		}
	}
}

// askDoor searches by way of the proxy.
func askDoor(t *testing.T, token, query string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:3015/mcp", strings.NewReader(askSearch(query)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}
