package edit_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/edit"
	"amalfa/notes"
)

// FuzzUndo: whatever a note holds, and whichever commands change it or move it, alone and with its folder, undo gives all bytes back.
func FuzzUndo(f *testing.F) {
	for _, s := range []string{"", "---\ntags: [a, new]\n---\n[[b]]\n", "# A\r\n\r\nlow tide\r\n", "\ufeffx\xff [b](b.md)", "<!-- tags: a -->\n", "up:: [[b]]\n", "+++\ntags = ['a']\n+++\n",
		"[c](d/c.md) ![[c]] [r]\n\n[r]: <b.md>\n"} {
		f.Add([]byte(s), []byte{0, 1, 2, 3, 4, 5, 6})
		f.Add([]byte(s), []byte{6, 5, 2, 7, 6, 4})
	}
	f.Fuzz(func(t *testing.T, text, commands []byte) {
		v := newFuzzed(t, text)
		before := snapshot(t, v.root)
		for _, command := range commands[:min(len(commands), 8)] {
			moves, changes := v.changes(t, command%8)
			if err := v.e.Apply("fuzz", moves, changes); err != nil {
				t.Fatal(err)
			}
		}
		for _, entry := range entries(t, v.e) {
			if err := v.e.Undo(entry); err != nil {
				t.Fatal(err)
			}
		}
		if now := snapshot(t, v.root); !equal(now, before) {
			t.Fatalf("%q\nwant %q", now, before)
		}
	})
}

// A fuzzed vault has a note a.md of any text, b.md, and d/c.md that links to both; none is called otherwise by a move.
type fuzzed struct {
	root string
	e    *edit.Editor
}

func newFuzzed(t *testing.T, text []byte) fuzzed {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for id, data := range map[string][]byte{"a.md": text, "b.md": []byte("# Low tide\n"), "d/c.md": []byte("[a](../a.md) [[b]] ![[a]]\r\n[b]: <../b.md>")} {
		if err := os.WriteFile(filepath.Join(root, id), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return fuzzed{root, editorAt(t, root, "key")}
}

// lies is where each note lies, by its name.
func (v fuzzed) lies(t *testing.T) map[string]string {
	t.Helper()
	at := map[string]string{}
	for id := range snapshot(t, v.root) {
		if strings.HasSuffix(id, ".md") {
			at[path.Base(id)] = id
		}
	}
	return at
}

// workspace is what an index would know of the vault.
func (v fuzzed) workspace(at map[string]string) *edit.Workspace {
	titles := map[string]string{"a.md": "A", "b.md": "Low tide", "c.md": "C"}
	var names []notes.Name
	var ids []string
	for base, id := range at {
		names, ids = append(names, notes.Name{ID: id, Title: titles[base]}), append(ids, id)
	}
	ws := edit.NewWorkspace(edit.NewWorld(names, nil, nil), v.e.Folder.ReadAny)
	ws.Linkers = func([]string) ([]string, error) { return ids, nil }
	return ws
}

// changes are what a command makes of the vault; none where it refuses.
func (v fuzzed) changes(t *testing.T, command byte) (moves, changes []edit.FileChange) {
	t.Helper()
	at := v.lies(t)
	ws := v.workspace(at)
	switch command {
	case 5:
		return planned(t, ws, at["a.md"], map[bool]string{true: "x/y/a.md", false: "a.md"}[at["a.md"] == "a.md"])
	case 6:
		from := path.Dir(at["c.md"]) + "/"
		return planned(t, ws, from, map[bool]string{true: "k/l m/", false: "d/"}[from == "d/"])
	case 7:
		if !strings.HasPrefix(at["a.md"], "x/") {
			return nil, nil
		}
		return planned(t, ws, "x/", path.Dir(at["c.md"])+"/x/")
	}
	return nil, changesOf(t, ws, at["a.md"], at["b.md"], command)
}

// planned is a move, of a folder where its path ends with a slash.
func planned(t *testing.T, ws *edit.Workspace, from, to string) (moves, changes []edit.FileChange) {
	t.Helper()
	plan, err := ws.PlanMove(from, to)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(from, "/") {
		moves = []edit.FileChange{{From: from, To: to}}
	}
	return moves, plan.Changes
}

// changesOf are the changes that a command makes of a note.
func changesOf(t *testing.T, ws *edit.Workspace, note, other string, command byte) []edit.FileChange {
	t.Helper()
	now, err := ws.Read(note)
	if err != nil {
		t.Fatal(err)
	}
	whole := func(after []byte, err error) []edit.FileChange {
		if err != nil || string(after) == string(now) {
			return nil
		}
		return []edit.FileChange{{From: note, To: note, Before: now, After: after}}
	}
	switch command {
	case 0:
		tagged, err := notes.AddTags(now, []string{"new"})
		return whole(tagged.Text, err)
	case 1:
		untagged, err := notes.RemoveTags(now, []string{"a", "new"})
		return whole(untagged.Text, err)
	case 2, 3:
		l, err := ws.AddLink(note, other, []string{"", "extends"}[command-2])
		return whole(l.Change.After, err)
	}
	m, err := ws.Mentions(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	changes, _, err := ws.LinkMentions(other, m.All)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}
