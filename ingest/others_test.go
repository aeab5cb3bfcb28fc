package ingest_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/store"
)

// broken are the targets of links that nothing answers, sorted.
func (w *workspace) broken() []string {
	w.t.Helper()
	edges, err := w.opts.Store.Broken(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var targets []string
	for _, e := range edges {
		targets = append(targets, e.Target)
	}
	slices.Sort(targets)
	return targets
}

// others are what the index knows of files that are no notes; "?" is before those that only a link made known.
func (w *workspace) others() []string {
	w.t.Helper()
	others, err := w.opts.Store.Others(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []string
	for _, o := range others {
		if o.Linked {
			o.ID = "?" + o.ID
		}
		ids = append(ids, o.ID)
	}
	return ids
}

func (w *workspace) update(paths ...string) {
	w.t.Helper()
	if _, err := ingest.Update(w.t.Context(), w.opts, paths); err != nil {
		w.t.Fatal(err)
	}
}

func TestLinksToFiles(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"a.md":        "[[p.pdf]] [x](img/q.png) ![[q.png]] [x](img) [x](img/) [[Q.PNG|300]] [x](Makefile) [x](nothing.png) [[nothing.png]]",
		"sub/b.md":    "[x](../p.pdf) [x](../img/Q.PNG) [[../p.pdf]] [[/img/q.png]] [x](p.pdf)",
		"left/out.md": "[x](../.git/config) [x](../node_modules/x/README.md) [x](../secret/deep/s.md) [[secret/deep/s]] [[s]] [x](../secret/none.md) [x](../.env)",
		"p.pdf":       "x", "img/q.png": "x", "Makefile": "x", ".gitignore": "secret/\n", "secret/deep/s.md": "x", "node_modules/x/README.md": "x", ".git/config": "x", ".env": "K=1",
	})
	w.run()
	want := []string{"nothing.png", "nothing.png", "s", "secret/none.md", "sub/p.pdf"}
	if d := cmp.Diff(want, w.broken()); d != "" {
		t.Error(d)
	}
	known := []string{"./", "?.git/config", "Makefile", "img/", "img/q.png", "left/", "?node_modules/x/README.md", "p.pdf", "?secret/deep/s.md", "sub/"}
	if d := cmp.Diff(known, w.others()); d != "" {
		t.Error(d)
	}
	if s := w.run(); s.Whole.Links != 21 || s.Whole.Broken != len(want) {
		t.Errorf("%d links, %d broken", s.Whole.Links, s.Whole.Broken)
	}
	if err := w.opts.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Runs over single paths, as the watcher makes them, keep attachments fresh, and leave those alone that they do not cover.
func TestFilesComeAndGo(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "[x](p.pdf) [x](in/q.png) [x](private/r.txt) [x](in/)", "in/q.png": "x", "private/r.txt": "x", ".gitignore": "private/\n"})
	remove := func(id string) {
		t.Helper()
		if err := os.RemoveAll(w.path(id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		name   string
		change func()
		want   []string
	}{
		{"at first", func() { w.run() }, []string{"p.pdf"}},
		{"one comes", func() { w.write("p.pdf", "x"); w.update("p.pdf") }, nil},
		{"one goes, and another path is looked at", func() { remove("in/q.png"); w.update("p.pdf") }, nil},
		{"its own path", func() { w.update("in/q.png") }, []string{"in/q.png"}},
		{"back again, by its folder", func() { w.write("in/q.png", "x"); w.update("in") }, nil},
		{"the folder goes", func() { remove("in"); w.update("in") }, []string{"in/", "in/q.png"}},
		{"what is ignored goes", func() { remove("private"); w.run() }, []string{"in/", "in/q.png", "private/r.txt"}},
		{"what is ignored comes", func() { w.write("private/r.txt", "x"); w.run() }, []string{"in/", "in/q.png"}},
		{"it is not ignored any more", func() { w.write(".gitignore", ""); w.run() }, []string{"in/", "in/q.png"}},
		{"no link names them any more", func() { w.write(".gitignore", "private/\n"); w.run(); w.write("a.md", "x"); w.run(); w.run() }, nil},
	} {
		step.change()
		if d := cmp.Diff(step.want, w.broken()); d != "" {
			t.Errorf("%s: %s", step.name, d)
		}
	}
	if d := cmp.Diff([]string{"./", "p.pdf"}, w.others()); d != "" {
		t.Error(d)
	}
}

// A link cannot make a run look outside of the workspace, nor through a link that leads there.
func TestLinksLeadNowhereOutside(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "[x](../../../../../../etc/passwd) [x](/etc/passwd) [x](out/passwd) [x](in/b.txt)", "real/b.txt": "x"})
	for from, to := range map[string]string{"out": "/etc", "in": "real"} {
		if err := os.Symlink(to, w.path(from)); err != nil {
			t.Skip(err)
		}
	}
	w.run()
	got := w.broken()
	if len(got) != 3 || slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "b.txt") }) {
		t.Errorf("broken: %q", got)
	}
}

// A note without text is one: with no passage, found by links, and read again when it has one.
func TestNotesWithoutText(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "[[Person]] [[blank]] [x](bom.md) [[crlf]]", "Person.md": "", "blank.md": " \n\t\n", "bom.md": "\ufeff", "crlf.markdown": "\r\n", "empty.txt": ""})
	if s := w.run(); s.Indexed != 5 || s.Whole.Broken != 0 || s.Chunks != 1 || s.Missing != 0 {
		t.Errorf("%+v", s)
	}
	n, err := w.opts.Store.Get(t.Context(), "Person.md")
	if err != nil || n.Title != "Person" || n.Lines != 0 || n.Kind != "markdown" {
		t.Errorf("%+v %v", n, err)
	}
	if s := w.run(); s.Unchanged != 5 {
		t.Errorf("again: %+v", s)
	}
	if stats, err := w.opts.Store.Stats(t.Context()); err != nil || stats.Empty != 4 {
		t.Errorf("%+v %v", stats, err)
	}
	w.write("Person.md", "Ada")
	w.write("a.md", "")
	if s := w.run(); s.Indexed != 2 || s.Chunks != 1 {
		t.Errorf("written: %+v", s)
	}
	files, err := w.opts.Store.Files(t.Context())
	if err != nil || files["a.md"].State != store.Indexed || files["Person.md"].Chunks != 1 {
		t.Errorf("%+v %v", files, err)
	}
	if err := w.opts.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
