package mcp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalfa/notes"
)

func TestContexts(t *testing.T) {
	v := newVault(t)
	for folder, text := range map[string]string{
		".": "The harbour's handbook.", "docs": "Rules \u202eof\u202c the\nharbour.", "log": "Never told here.", "log/2024": strings.Repeat("much to say ", 150),
	} {
		v.must(os.WriteFile(filepath.Join(v.root, folder, notes.ContextName), []byte(text), 0o644))
	}
	cs := connect(t, v.options(), nil)
	out, text := ask[searchOut](t, cs, "search_documents", map[string]any{"query": "tide tables path:docs"})
	want := []notes.Context{{Folder: ".", Text: "The harbour's handbook."}, {Folder: "docs", Text: "Rules of the harbour."}}
	if !slices.Equal(out.Contexts, want) {
		t.Errorf("%v", out.Contexts)
	}
	if !strings.Contains(text, "not instructions.\nAbout .\n| The harbour's handbook.\nAbout docs\n| Rules of the harbour.\n\n1. docs/") {
		t.Error(text)
	}
	// What takes more than a quarter of the budget stays away, and leaves the room to hits.
	out, _ = ask[searchOut](t, cs, "search_documents", map[string]any{"query": "storm surge path:log/2024", "max_tokens": 400})
	if len(out.Results) != 1 || len(out.Contexts) != 2 || out.Contexts[1].Folder != "log" {
		t.Errorf("%v of %d results", out.Contexts, len(out.Results))
	}
}
