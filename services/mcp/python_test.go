package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"amalfa/services/mcp/stdio"
	"amalfa/testdata/assets"
	"amalfa/testdata/clients"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// rootVar makes the test binary a server of the workspace it names, for clients that start processes.
const rootVar = "AMALFA_MCP_TEST_ROOT"

// fixturesVar gives that server what the protocol's own test suite calls.
const fixturesVar = "AMALFA_MCP_TEST_FIXTURES"

func TestMain(m *testing.M) {
	root := os.Getenv(rootVar)
	if root == "" {
		goleak.VerifyTestMain(m)
		return
	}
	v := vault{root: root, index: filepath.Join(root, ".amalfa", "amalfa.db")}
	s := New(v.options())
	if os.Getenv(fixturesVar) != "" {
		addFixtures(s)
	}
	if err := s.Serve(stdio.WatchParent(context.Background()), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// talked is what testdata/mcp/client.py prints.
func talked(version string) map[string]any {
	return map[string]any{
		"version": version, "server": "amalfa", "instructions": true,
		"tools":     []any{"changes_since", "explore_links", "find_gaps", "find_path", "graph_overview", "grep", "list_directory_structure", "memory_status", "multi_read", "read_node_content", "related", "scratchpad_list", "scratchpad_read", "search_documents"},
		"best":      "docs/tides.md:8-10",
		"read":      "## Who keeps them\n\nThe harbour office prints the tide tables each spring. See [[pilots]].",
		"links":     4.0,
		"entries":   []any{"README.md", "docs/", "docs/pilots.md", "docs/tides.md", "docs/日本語.md", "log/", "log/2024/", "log/2025/", "log/evil note.md", "notes/", "notes/long lines.md"},
		"wrong":     true,
		"resources": 9.0, "templates": []any{noteTemplate},
		"note":    "# 港の案内\n\n潮の満ち引きは港で確認できます。\n",
		"prompts": []any{"gap_review", "onboarding", "recall"}, "prompt": true,
		"folders": []any{"log", "log/2024", "log/2025"},
	}
}

// TestPythonSDK is a client that others wrote, in a process of its own, with both protocols.
func TestPythonSDK(t *testing.T) {
	python := assets.Python(t, clients.PythonMCP)
	v := newVault(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for mode, version := range map[string]string{"auto": "2026-07-28", "legacy": "2025-11-25"} {
		t.Run(mode, func(t *testing.T) {
			if d := cmp.Diff(talked(version), runPython(t, python, mode, exe, v.root)); d != "" {
				t.Errorf("the client saw (-want +got):\n%s", d)
			}
		})
	}
}

func runPython(t *testing.T, python string, args ...string) (got map[string]any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, append([]string{"../../testdata/mcp/client.py"}, args...)...)
	var said logged
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, said.text)
	}
	t.Log(string(said.text))
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return got
}

type logged struct{ text []byte }

func (l *logged) Write(p []byte) (int, error) {
	l.text = append(l.text, p...)
	return len(p), nil
}
