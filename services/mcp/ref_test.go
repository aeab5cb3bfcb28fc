package mcp

import (
	"strings"
	"testing"
)

func TestRefs(t *testing.T) {
	v := newVault(t)
	cs := connect(t, v.options(), nil)
	found, text := ask[searchOut](t, cs, "search_documents", map[string]any{"query": "who prints the tide tables"})
	hit := found.Results[0]
	if !strings.Contains(text, "ref "+hit.Ref) {
		t.Errorf("%q does not tell %s", text, hit.Ref)
	}
	for _, id := range []string{hit.Ref, "@" + hit.Ref} {
		if out, _ := ask[readOut](t, cs, "read_node_content", map[string]any{"id": id}); out.ID != hit.ID || out.Lines != hit.Lines {
			t.Errorf("%s: %s %v, want %s %v", id, out.ID, out.Lines, hit.ID, hit.Lines)
		}
	}
	if out, _ := ask[linksOut](t, cs, "explore_links", map[string]any{"id": hit.Ref}); out.ID != hit.ID {
		t.Errorf("explored %s, want %s", out.ID, hit.ID)
	}
	w := writer(t, v, "2025-11-25", "", nil)
	if out, _ := ask[tagsOut](t, w, "inject_tags", map[string]any{"file_path": hit.Ref, "tags": []string{"sea"}, "dry_run": true}); out.ID != hit.ID {
		t.Errorf("tags for %s, want %s", out.ID, hit.ID)
	}
	note, _ := ask[readOut](t, w, "read_node_content", map[string]any{"id": hit.ID})
	edit := map[string]any{"id": "ref " + hit.Ref, "old_text": "never there", "new_text": "x", "expected_hash": *note.Hash}
	if got := refused(t, w, "edit_note", edit); !strings.Contains(got, "stands 0 times in "+hit.ID) {
		t.Error(got)
	}
	if got := refused(t, w, "edit_note", map[string]any{"id": "000000000", "old_text": "a", "new_text": "b", "expected_hash": "c"}); !strings.Contains(got, "search again") {
		t.Error(got)
	}
	v.write(hit.ID, "# Tide tables\n\nNobody prints them any more.\n")
	if got := refused(t, cs, "read_node_content", map[string]any{"id": hit.Ref}); !strings.Contains(got, "search again") {
		t.Error(got)
	}
}
