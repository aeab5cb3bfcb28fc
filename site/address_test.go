package site

import (
	"path"
	"strings"
	"testing"
)

// TestFile holds that each note has a page of its own, that no page lies where a folder is, and that every name fits.
func TestFile(t *testing.T) {
	long := strings.Repeat("é", 200)
	ids := []string{"a.md", "a.md.html/b.md", "a.md.html_/b.md", "a.md.html__/b.md", "a.md.HTML/b.md", "index.html/x.md", "index.md", "a.md.html.md",
		long + ".md", long + "x.md", long + "/x.md", long + "y/x.md", "d/" + long + ".md", "_amalfa/style.css.md", "a:b.md", "x.html/y.html/z.md"}
	files, folders := map[string]string{"index.html": "the first page"}, map[string]string{}
	for _, id := range ids {
		f := file(id)
		if had := files[f]; had != "" {
			t.Errorf("%s and %s have the page %s", had, id, f)
		}
		files[f] = id
		for dir := path.Dir(f); dir != "."; dir = path.Dir(dir) {
			folders[dir] = id
		}
		for name := range strings.SplitSeq(f, "/") {
			if len(name) > maxName {
				t.Errorf("a name of %d bytes for %s", len(name), id)
			}
		}
	}
	for dir, id := range folders {
		if files[dir] != "" {
			t.Errorf("%s, a folder for %s, is the page of %s", dir, id, files[dir])
		}
	}
}

func TestAddress(t *testing.T) {
	for id, want := range map[string]string{
		"a.md": "a.md.html", "a b/c?.md": "a%20b/c%3F.md.html", "a:b.md": "a%3Ab.md.html", "100%.md": "100%25.md.html", "x.html/y#.md": "x.html_/y%23.md.html",
	} {
		if got := address(id); got != want {
			t.Errorf("%s has %s, not %s", id, got, want)
		}
	}
}
