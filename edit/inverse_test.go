package edit_test

import (
	"os"
	"path/filepath"
	"testing"

	"amalfa/edit"
	"amalfa/notes"
)

// FuzzUndo: whatever a note holds, and whichever commands change it, undo gives all bytes back.
func FuzzUndo(f *testing.F) {
	for _, s := range []string{"", "---\ntags: [a, new]\n---\n[[b]]\n", "# A\r\n\r\nlow tide\r\n", "\ufeffx\xff [b](b.md)", "<!-- tags: a -->\n", "up:: [[b]]\n", "+++\ntags = ['a']\n+++\n"} {
		f.Add([]byte(s), []byte{0, 1, 2, 3, 4})
	}
	f.Fuzz(func(t *testing.T, text, commands []byte) {
		root := t.TempDir()
		for id, data := range map[string][]byte{"a.md": text, "b.md": []byte("# Low tide\n")} {
			if err := os.WriteFile(filepath.Join(root, id), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		before := snapshot(t, root)
		e := editorAt(t, root, "key")
		world := edit.NewWorld([]notes.Name{{ID: "a.md", Title: "A"}, {ID: "b.md", Title: "Low tide"}}, nil, nil)
		ws := edit.NewWorkspace(world, e.Folder.ReadAny)
		for _, command := range commands[:min(len(commands), 6)] {
			for _, c := range changesOf(t, ws, command) {
				if err := e.Apply("fuzz", nil, []edit.FileChange{c}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, entry := range entries(t, e) {
			if err := e.Undo(entry); err != nil {
				t.Fatal(err)
			}
		}
		if now := snapshot(t, root); !equal(now, before) {
			t.Fatalf("%q\nwant %q", now, before)
		}
	})
}

// changesOf are the changes that a command makes of a.md; none where it refuses.
func changesOf(t *testing.T, ws *edit.Workspace, command byte) []edit.FileChange {
	t.Helper()
	now, err := ws.Read("a.md")
	if err != nil {
		t.Fatal(err)
	}
	whole := func(after []byte, err error) []edit.FileChange {
		if err != nil || string(after) == string(now) {
			return nil
		}
		return []edit.FileChange{{From: "a.md", To: "a.md", Before: now, After: after}}
	}
	switch command % 5 {
	case 0:
		tagged, err := notes.AddTags(now, []string{"new"})
		return whole(tagged.Text, err)
	case 1:
		untagged, err := notes.RemoveTags(now, []string{"a", "new"})
		return whole(untagged.Text, err)
	case 2, 3:
		l, err := ws.AddLink("a.md", "b.md", []string{"", "extends"}[command%5-2])
		return whole(l.Change.After, err)
	}
	m, err := ws.Mentions(t.Context(), "b.md")
	if err != nil {
		t.Fatal(err)
	}
	changes, _, err := ws.LinkMentions("b.md", m.All)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}
