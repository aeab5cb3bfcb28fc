package main

import (
	"strings"
	"testing"

	"amalfa/testdata/clients"
	"amalfa/testdata/vault"
)

// TestMCPJavaScript talks to the released program with both of the protocol's libraries for JavaScript, over both transports.
func TestMCPJavaScript(t *testing.T) {
	p := newPlace(t)
	url, _ := p.serveHTTP()
	for _, kv := range p.own {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value) // the servers that these clients start have the client's
	}
	checks := map[string]clients.Check{}
	for library, revision := range map[string]string{"sdk 1": "2025-11-25", "client 2": "2025-11-25", "client 2, revision found": "2026-07-28"} {
		for _, transport := range []string{"stdio", "http"} {
			for what, want := range map[string]any{
				"connects":            []any{"amalfa", revision, true},
				"tools":               14,
				"search":              vault.Answer,
				"read what was found": true,
				"a path":              true,
				"a note outside":      true,
				"resources":           true,
				"prompts":             []any{[]string{"gap_review", "onboarding", "recall"}, true},
				"closes":              true,
			} {
				checks[library+", "+transport+": "+what] = clients.Says(want)
			}
		}
	}
	given := map[string]any{"url": url, "command": []string{p.bin, "serve", "--root", p.dir}, "question": vault.Question}
	clients.Run(t, "mcp.mjs", given, checks)
}
