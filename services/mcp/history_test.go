package mcp

import (
	"strings"
	"testing"
)

// TestChangesSince follows the history from cursor to cursor: each event is
// told once, in order, however small the answers are.
func TestChangesSince(t *testing.T) {
	v := newVault(t)
	o := v.options()
	o.Profile = Full
	cs := connect(t, o, nil)
	var seen []string
	cursor, asked := int64(0), 0
	for more := true; more; asked++ {
		out, _ := ask[changesOut](t, cs, "changes_since", map[string]any{"since": cursor, "limit": 2})
		for _, e := range out.Changes {
			seen = append(seen, e.Event+" "+e.ID)
		}
		if len(out.Changes) > 2 || out.Cursor < cursor || out.Pruned {
			t.Fatalf("%+v after %d", out, cursor)
		}
		cursor, more = out.Cursor, out.More
	}
	if len(seen) != len(vaultNotes()) || asked < len(seen)/2 {
		t.Errorf("%d notes, told %d in %d answers: %q", len(vaultNotes()), len(seen), asked, seen)
	}
	if _, text := ask[changesOut](t, cs, "changes_since", map[string]any{"since": cursor}); !strings.HasPrefix(text, "Nothing changed.") {
		t.Errorf("at the end: %s", text)
	}
	v.write("docs/tides.md", "# Tides\n\nnew words\n")
	out, text := ask[changesOut](t, cs, "changes_since", map[string]any{"since": cursor})
	if len(out.Changes) != 1 || out.Changes[0].ID != "docs/tides.md" || out.Changes[0].Event != "changed" || out.Changes[0].OldHash == nil {
		t.Errorf("%+v\n%s", out, text)
	}
}
