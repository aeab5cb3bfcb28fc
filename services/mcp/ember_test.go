package mcp

import (
	"context"
	"slices"
	"testing"
)

// An agent is told what a note lacks; only a call without dry_run writes it, and the tool is not there where nobody allowed it.
func TestEmberExtract(t *testing.T) {
	o := newVault(t).options()
	o.Profile, o.Write = Full, true
	wrote := 0
	o.Propose = func(_ context.Context, path string, dry bool) (Proposal, error) {
		if !dry {
			wrote++
		}
		return Proposal{Path: path + ".ember.json", Note: path, Confidence: 0.7, Tags: []string{"sea"}}, nil
	}
	cs := connect(t, o, nil)
	out, _ := ask[emberOut](t, cs, "ember_extract", map[string]any{"path": "docs/tides.md", "dry_run": true})
	if out.Written || wrote != 0 || !slices.Equal(out.Tags, []string{"sea"}) {
		t.Errorf("%+v, %d written", out, wrote)
	}
	if out, _ := ask[emberOut](t, cs, "ember_extract", map[string]any{"path": "docs/tides.md"}); !out.Written || wrote != 1 || out.Path != "docs/tides.md.ember.json" {
		t.Errorf("%+v, %d written", out, wrote)
	}
	o.Write = false
	list, err := connect(t, o, nil).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		if tool.Name == "ember_extract" {
			t.Error("it is there without mcp.write")
		}
	}
}
