package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"amalfa/config"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v3"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestHelp holds every help page against its golden file, so that a change of
// the surface shows in review, and that each ends with its exit codes.
func TestHelp(t *testing.T) {
	dir := filepath.Join("..", "testdata", "golden", "help")
	seen := map[string]bool{}
	root := testApp(t, nil).commandTree()
	for _, words := range commandPaths(root, nil) {
		name := strings.Join(append([]string{"amalfa"}, words...), "-") + ".txt"
		seen[name] = true
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			args := append(append([]string{"amalfa"}, words...), "--help")
			if err := testApp(t, &out).run(context.Background(), args); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), "Exit codes: 0 done") {
				t.Error("no exit codes")
			}
			checkPage(t, out.String())
			golden(t, filepath.Join(dir, name), out.String())
		})
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f.Name()] {
			t.Errorf("%s is the page of no command: remove it", f.Name())
		}
	}
}

// checkPage holds what all pages have in common: the parts, 80 columns, no colour.
func checkPage(t *testing.T, text string) {
	t.Helper()
	at := 0
	for _, part := range []string{"\nUsage:\n  amalfa", "\nExamples:\n  ", "\nEverywhere:\n", "\nExit codes: 0 done", "\nRead on: amalfa "} {
		i := strings.Index(text[at:], part)
		if i < 0 {
			t.Errorf("no %q, or not in its place", part)
			continue
		}
		at += i
	}
	for line := range strings.SplitSeq(text, "\n") {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("colours in a pipe")
	}
}

func testApp(t *testing.T, out *bytes.Buffer) *program {
	t.Helper()
	if out == nil {
		out = &bytes.Buffer{}
	}
	env := config.Env{Getenv: func(string) string { return "" }, Cwd: t.TempDir(), TempDir: t.TempDir(), UID: os.Getuid()}
	return &program{in: &bytes.Buffer{}, out: out, err: out, env: env, exe: "/bin/amalfa"}
}

func commandPaths(c *cli.Command, at []string) [][]string {
	paths := [][]string{at}
	for _, sub := range c.Commands {
		if !sub.Hidden {
			paths = append(paths, commandPaths(sub, append(at[:len(at):len(at)], sub.Name))...)
		}
	}
	return paths
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./cli -update writes it)", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("differs from %s (-want +got); go test ./cli -update if it is meant:\n%s", path, d)
	}
}
