// Package clients lets programs of others ask a service: the libraries that people use, unchanged, each with its pinned version.
//
// Words: a script is a file of this folder that goes through cases, each of one client; an outcome is what a case gave, or how it failed.
package clients

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalfa/testdata/assets"
)

// An Outcome is what a case gave, or how it failed.
type Outcome struct {
	Value json.RawMessage
	Error *struct {
		Type   string
		Status int // of HTTP; 0 = the client keeps it for itself
		Text   string
	}
}

// A Check says what is wrong with an outcome; "" = nothing.
type Check func(Outcome) string

// Run lets a script ask and holds each of its cases against the check of that name. A case without a check fails, and a check without a case.
func Run(t *testing.T, script string, given any, checks map[string]Check) {
	t.Helper()
	outcomes := ask(t, script, given)
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		t.Run(name, func(t *testing.T) {
			check, ok := checks[name]
			if !ok {
				t.Fatal("nothing is known of it")
			}
			if wrong := check(outcomes[name]); wrong != "" {
				t.Error(wrong)
			}
		})
	}
	for name := range checks {
		if _, ok := outcomes[name]; !ok {
			t.Errorf("%s has no case %q", script, name)
		}
	}
}

func ask(t *testing.T, script string, given any) map[string]Outcome {
	t.Helper()
	in, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, script)
	cmd.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", "HF_HUB_OFFLINE=0", "PYTHONDONTWRITEBYTECODE=1")
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &said
	out, err := cmd.Output()
	outcomes := map[string]Outcome{}
	if err == nil {
		err = json.Unmarshal(out, &outcomes)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", script, err, out, said.Bytes())
	}
	return outcomes
}

// command runs a script of Python where it lies, and one of JavaScript beside what it imports.
func command(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	path := filepath.Join(root(t), "testdata", "clients", script)
	switch {
	case strings.HasSuffix(script, ".mjs"):
		node, modules := assets.NPM(t, JavaScript()...)
		return exec.Command(node, beside(t, modules, path, filepath.Join(filepath.Dir(path), "cases.mjs")))
	case strings.Contains(script, "frameworks"):
		return exec.Command(assets.Python(t, Frameworks()...), path)
	}
	return exec.Command(assets.Python(t, SDKs()...), path)
}

// beside copies files to a new folder that holds modules, where node looks for what they import, and returns the first's path.
func beside(t *testing.T, modules string, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	err := os.Symlink(modules, filepath.Join(dir, "node_modules"))
	for _, file := range files {
		text, wrong := os.ReadFile(file)
		err = errors.Join(err, wrong, os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, filepath.Base(files[0]))
}

// root is the folder of go.mod, above that of the test.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no go.mod above this test", err)
	return ""
}
