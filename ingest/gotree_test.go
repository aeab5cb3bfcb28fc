package ingest_test

import (
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Every relative link of the Markdown files that come with Go leads to the file that it names.
func TestGoTree(t *testing.T) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, nil)
	w.opts.Root, w.opts.Embedder = strings.TrimSpace(string(out)), nil
	w.run()
	links := 0
	for _, id := range w.notes() {
		targets := w.targets(id)
		for _, want := range linkedFiles(t, w.opts.Root, id) {
			links++
			if !slices.Contains(targets, want) {
				t.Errorf("%s: no edge to %s among %q", id, want, targets)
			}
		}
	}
	t.Logf("%d notes, %d links to files that exist", len(w.notes()), links)
	if links < 10 {
		t.Errorf("only %d links", links)
	}
}

// targets are the files that the edges of a note lead to.
func (w *workspace) targets(id string) []string {
	var found []string
	for at, targets := range w.links() {
		if at.note == id {
			found = append(found, targets...)
		}
	}
	return found
}

// linkedFiles are the files that the relative links of a note name and that exist, by goldmark's tree and the file system.
func linkedFiles(t *testing.T, root, id string) []string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(id)))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	err = ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering {
			u, err := url.Parse(string(l.Destination))
			if err != nil || u.IsAbs() || u.Host != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") {
				return ast.WalkContinue, nil
			}
			target := path.Join(path.Dir(id), u.Path)
			info, err := fs.Stat(os.DirFS(root), target)
			if err == nil && info.Mode().IsRegular() && target != id {
				found = append(found, target)
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
