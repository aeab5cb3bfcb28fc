package ingest_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/notes"
)

// dialects are the vaults of a workspace, by folder.
func (w *workspace) dialects() map[string]string {
	w.t.Helper()
	vaults, err := ingest.Vaults(w.t.Context(), w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	found := make(map[string]string)
	for _, v := range vaults {
		found[v.Root] = v.Dialect.String()
	}
	return found
}

// The nearest marker counts for its folder and all below, settings count before markers, and what a source or an ignore file keeps
// out is not looked at.
func TestMarkers(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"a.md": "x", "v/.obsidian/app.json": "{}", "v/a.md": "x", "v/in/logseq/config.edn": "{}", "v/in/pages/a.md": "x", "v/plain/a.md": "x",
		"d/dendron.yml": "", "d/a.md": "x", "out/.obsidian/app.json": "{}", "out/a.md": "x", ".gitignore": "out/\n", ".h/dendron.yml": "", ".h/a.md": "x",
	})
	if d := cmp.Diff(map[string]string{"v": "obsidian", "v/in": "logseq", "d": "dendron"}, w.dialects()); d != "" {
		t.Error(d)
	}
	w.opts.Dialects = map[string]notes.Dialect{"v": notes.Dendron, "v/plain": notes.Plain, "nowhere": notes.Zola}
	if d := cmp.Diff(map[string]string{"v": "dendron", "v/plain": "markdown", "d": "dendron"}, w.dialects()); d != "" {
		t.Error(d)
	}
	w.opts.Dialects = map[string]notes.Dialect{".": notes.Obsidian}
	if d := cmp.Diff(map[string]string{"": "obsidian"}, w.dialects()); d != "" {
		t.Error(d)
	}
}

// A marker that comes, goes or says something else, and a setting, have the files that they cover read again though they did not
// change, and no other.
func TestAnotherDialectReadsAgain(t *testing.T) {
	w := newWorkspace(t, map[string]string{"g/pages/a.md": "[[x/y]]", "g/pages/x___y.md": "x", "b.md": "x", "g/logseq/custom.css": ""})
	indexed := func(want int) {
		t.Helper()
		if s := w.run(); s.Indexed != want || s.Indexed+s.Unchanged != 3 {
			t.Errorf("%+v, want %d read", s, want)
		}
	}
	indexed(3)
	indexed(0)
	w.write("g/logseq/config.edn", "{}")
	indexed(2)
	indexed(0)
	if got := w.links()[place{"g/pages/a.md", 1}]; len(got) != 1 || got[0] != "g/pages/x___y.md" {
		t.Errorf("[[x/y]] leads to %q", got)
	}
	w.write("g/logseq/config.edn", `{:file/name-format :triple-lowbar}`)
	indexed(2)
	w.opts.Count = nil // a run that only guesses tokens reads links all the same
	w.opts.Dialects = map[string]notes.Dialect{"g": notes.Plain}
	indexed(2)
	w.opts.Dialects = nil
	indexed(2)
	if err := os.Remove(w.path("g/logseq/config.edn")); err != nil {
		t.Fatal(err)
	}
	indexed(2)
}

// A run for single files knows the vault around them.
func TestScopedRunsKnowTheVault(t *testing.T) {
	w := newWorkspace(t, map[string]string{"d/dendron.yml": "", "d/vault/a.md": "[[A label|b.c]]", "d/vault/b.c.md": "x"})
	if _, err := ingest.Update(t.Context(), w.opts, []string{"d/vault/a.md", "d/vault/b.c.md"}); err != nil {
		t.Fatal(err)
	}
	if got := w.links()[place{"d/vault/a.md", 1}]; len(got) != 1 || got[0] != "d/vault/b.c.md" {
		t.Errorf("leads to %q", got)
	}
	if s := w.run(); s.Unchanged != 2 {
		t.Errorf("%+v", s)
	}
}

// A marker cannot make a run read anything but itself.
func TestHostileMarkers(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"a/dendron.yml": "workspace: {vaults: [{fsPath: ../../.., name: up}, {fsPath: /etc}]}", "a/a.md": "[[dendron://up/passwd]] ![](/../../../etc/passwd) [x](../../../../etc/passwd)",
		"b/hugo.toml": "contentDir = '/etc'\n", "b/a.md": `{{< ref "/../../etc/passwd" >}} [x](/../../../etc/passwd)`,
	})
	if err := os.Symlink("/etc/passwd", w.path("b/config.toml")); err != nil {
		t.Skip(err)
	}
	if err := os.MkdirAll(w.path("c/content"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write("c/a.md", "x")
	if err := os.Symlink("/dev/zero", w.path("c/config.toml")); err != nil {
		t.Fatal(err)
	}
	w.run()
	if d := cmp.Diff(map[place][]string{}, w.links()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"a": "dendron", "b": "hugo"}, w.dialects()); d != "" {
		t.Error(d)
	}
}
