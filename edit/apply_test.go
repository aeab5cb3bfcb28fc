package edit_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"amalfa/edit"
	"amalfa/notes/files"
)

// editorAt opens a folder for changes, as one user.
func editorAt(t *testing.T, root, key string) *edit.Editor {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(root, ".amalfa"), 0o700); err != nil {
		t.Fatal(err)
	}
	folder, err := files.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	journal, err := edit.OpenJournal(filepath.Join(root, ".amalfa"), [][]byte{[]byte(key)})
	if err != nil {
		t.Fatal(err)
	}
	e := &edit.Editor{Folder: folder, Journal: journal, Now: time.Now}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func entries(t *testing.T, e *edit.Editor) []edit.Entry {
	t.Helper()
	all, _, err := e.Journal.List(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// snapshot is all that a folder holds, but for ours.
func snapshot(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, p)
		switch {
		case err != nil:
			return err
		case rel == ".amalfa":
			return filepath.SkipDir
		case d.IsDir():
			out[filepath.ToSlash(rel)+"/"] = ""
			return nil
		}
		data, err := os.ReadFile(p)
		out[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

var twoNotes = map[string]string{"a.md": "# A\n\n[b](b.md)\r\n", "b.md": "\uFEFF[a](a.md)", "x/c.md": "[a](../a.md)\n", "x/i.png": "\x00\x01"}

func filled(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for id, text := range twoNotes {
		p := filepath.Join(root, filepath.FromSlash(id))
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(text), 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// allChanges are a move with edits, an edit and a note that is made.
func allChanges() []edit.FileChange {
	return []edit.FileChange{
		{From: "a.md", To: "new/deep/a2.md", Before: []byte(twoNotes["a.md"]), After: []byte("# A\n\n[b](../../b.md)\r\n")},
		{From: "b.md", To: "b.md", Before: []byte(twoNotes["b.md"]), After: []byte("\uFEFF[a](new/deep/a2.md)")},
		{To: "made/d.md", After: []byte("new\n")},
	}
}

func TestUndoBringsEveryByteBack(t *testing.T) {
	root := filled(t)
	before := snapshot(t, root)
	e := editorAt(t, root, "key")
	if err := e.Apply("all", nil, allChanges()); err != nil {
		t.Fatal(err)
	}
	after := snapshot(t, root)
	if after["new/deep/a2.md"] != "# A\n\n[b](../../b.md)\r\n" || after["made/d.md"] != "new\n" || after["a.md"] != "" {
		t.Errorf("%q", after)
	}
	if info, err := os.Stat(filepath.Join(root, "new/deep/a2.md")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	all := entries(t, e)
	if len(all) != 1 || e.Undo(all[0]) != nil {
		t.Fatalf("%+v", all)
	}
	if now := snapshot(t, root); !equal(now, before) {
		t.Errorf("%q\nwant %q", now, before)
	}
	if len(entries(t, e)) != 0 {
		t.Error("the edit is still in the journal")
	}
}

// A whole folder moves, and what is edited in it is edited there.
func TestUndoOfAFolder(t *testing.T) {
	root := filled(t)
	before := snapshot(t, root)
	e := editorAt(t, root, "key")
	err := e.Apply("mv", []edit.FileChange{{From: "x/", To: "y/z/"}}, []edit.FileChange{{From: "x/c.md", To: "y/z/c.md", Before: []byte(twoNotes["x/c.md"]), After: []byte("[a](../../a.md)\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if now := snapshot(t, root); now["y/z/c.md"] != "[a](../../a.md)\n" || now["y/z/i.png"] != "\x00\x01" {
		t.Errorf("%q", now)
	}
	if err := e.Undo(entries(t, e)[0]); err != nil {
		t.Fatal(err)
	}
	if now := snapshot(t, root); !equal(now, before) {
		t.Errorf("%q", now)
	}
}

// Whatever part of an edit was made when the program died, undo takes back that part.
func TestUndoAfterACrash(t *testing.T) {
	for made := range 5 {
		root := filled(t)
		before := snapshot(t, root)
		e := editorAt(t, root, "key")
		if err := e.Apply("all", nil, allChanges()); err != nil {
			t.Fatal(err)
		}
		entry := entries(t, e)[0]
		if len(entry.Steps) != 4 {
			t.Fatalf("%+v", entry.Steps)
		}
		// Take the last steps back by themselves, as if they had never been made.
		rest := entry
		rest.Steps = entry.Steps[min(made, 4):]
		if err := e.Undo(rest); err != nil {
			t.Fatal(made, err)
		}
		if made > 0 && equal(snapshot(t, root), before) {
			t.Fatal(made, "nothing is left to undo")
		}
		if err := e.Undo(entry); err != nil {
			t.Fatal(made, err)
		}
		if now := snapshot(t, root); !equal(now, before) {
			t.Errorf("%d made: %q", made, now)
		}
	}
}

func TestUndoRefusesWhatChanged(t *testing.T) {
	for name, spoil := range map[string]func(root string) error{
		"edited": func(root string) error { return os.WriteFile(filepath.Join(root, "b.md"), []byte("mine"), 0o644) },
		"moved note edited": func(root string) error {
			return os.WriteFile(filepath.Join(root, "new/deep/a2.md"), []byte("mine"), 0o644)
		},
		"made note edited": func(root string) error { return os.WriteFile(filepath.Join(root, "made/d.md"), []byte("mine"), 0o644) },
		"removed":          func(root string) error { return os.Remove(filepath.Join(root, "b.md")) },
		"old place taken":  func(root string) error { return os.WriteFile(filepath.Join(root, "a.md"), []byte("mine"), 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			root := filled(t)
			e := editorAt(t, root, "key")
			if err := e.Apply("all", nil, allChanges()); err != nil {
				t.Fatal(err)
			}
			if err := spoil(root); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, root)
			var changed *edit.ChangedError
			if err := e.Undo(entries(t, e)[0]); !errors.As(err, &changed) {
				t.Errorf("%v", err)
			}
			if !equal(snapshot(t, root), before) || len(entries(t, e)) != 1 {
				t.Error("something was undone")
			}
		})
	}
}

// What cannot be done as a whole is not done at all, and is no edit.
func TestApplyIsAllOrNothing(t *testing.T) {
	root := filled(t)
	if err := os.WriteFile(filepath.Join(root, "b.md"), []byte("changed meanwhile"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, root)
	e := editorAt(t, root, "key")
	if err := e.Apply("all", nil, allChanges()); !errors.Is(err, files.ErrChanged) {
		t.Error(err)
	}
	if !equal(snapshot(t, root), before) || len(entries(t, e)) != 0 {
		t.Errorf("%q", snapshot(t, root))
	}
	if err := e.Apply("over", nil, []edit.FileChange{{From: "a.md", To: "b.md", Before: []byte(twoNotes["a.md"]), After: []byte(twoNotes["a.md"])}}); !errors.Is(err, files.ErrExists) {
		t.Error(err)
	}
	if !equal(snapshot(t, root), before) {
		t.Error("overwritten")
	}
}

// A journal that somebody else wrote, and one that was changed, is none.
func TestForeignJournal(t *testing.T) {
	root := filled(t)
	stranger := editorAt(t, root, "stranger")
	if err := stranger.Apply("all", nil, allChanges()); err != nil {
		t.Fatal(err)
	}
	mine := editorAt(t, root, "key")
	if all, foreign, err := mine.Journal.List(time.Now()); len(all) != 0 || foreign != 1 || err != nil {
		t.Errorf("%v, %d, %v", all, foreign, err)
	}
	found, err := filepath.Glob(filepath.Join(root, ".amalfa/journal/*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if info, err := os.Stat(found[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if n, err := mine.Journal.Clear(); n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestJournalIsBounded(t *testing.T) {
	root := filled(t)
	e := editorAt(t, root, "key")
	now := time.Now()
	text := []byte(twoNotes["a.md"])
	change := func(at time.Time) {
		t.Helper()
		e.Now = func() time.Time { return at }
		next := append([]byte("x"), text...)
		if err := e.Apply("x", nil, []edit.FileChange{{From: "a.md", To: "a.md", Before: text, After: next}}); err != nil {
			t.Fatal(err)
		}
		text = next
	}
	change(now.Add(-edit.MaxJournalAge - time.Hour))
	if len(entries(t, e)) != 0 {
		t.Error("an old edit is listed")
	}
	change(now)
	found, err := filepath.Glob(filepath.Join(root, ".amalfa/journal/*"))
	if len(found) != 1 || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	big := make([]byte, files.MaxBytes)
	for i := range big {
		big[i] = 'x'
	}
	var changes []edit.FileChange
	for i := range 8 {
		id := string(rune('a'+i)) + "-big.md"
		if err := os.WriteFile(filepath.Join(root, id), big, 0o644); err != nil {
			t.Fatal(err)
		}
		changes = append(changes, edit.FileChange{From: id, To: id, Before: big, After: []byte("y")})
	}
	before := snapshot(t, root)
	if err := e.Apply("too much", nil, changes); !errors.Is(err, edit.ErrJournalFull) {
		t.Error(err)
	}
	if !equal(snapshot(t, root), before) {
		t.Error("made all the same")
	}
	e.Now = time.Now
	for range 2 { // each alone fits, and both together do not
		if err := e.Apply("much", nil, changes[:4]); err != nil {
			t.Fatal(err)
		}
		if err := e.Undo(entries(t, e)[0]); err != nil {
			t.Fatal(err)
		}
	}
}
