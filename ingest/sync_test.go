package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/text"
	"amalfa/testdata/vault"
)

func (w *workspace) notes() []string {
	w.t.Helper()
	list, err := w.opts.Store.List(w.t.Context(), "", "", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []string
	for _, n := range list {
		ids = append(ids, n.ID)
	}
	return ids
}

func (w *workspace) rename(from, to string) {
	w.t.Helper()
	if err := os.Rename(w.path(from), w.path(to)); err != nil {
		w.t.Fatal(err)
	}
}

func TestIgnoreRulesAtEveryLevel(t *testing.T) {
	files := map[string]string{
		".gitignore":               "drafts/\n*.tmp.md\n/top.md\n# comment\n\n!keep.tmp.md\n",
		"docs/.gitignore":          "inner.md\n!/shown.md\n",
		".amalfaignore":            "private/\n!drafts/\n",
		".git/HEAD":                "ref: refs/heads/main\n",
		".git/info/exclude":        "local.md\n",
		"a.md":                     "x",
		"a.tmp.md":                 "x",
		"keep.tmp.md":              "x",
		"top.md":                   "x",
		"docs/top.md":              "x",
		"docs/inner.md":            "x",
		"docs/deep/inner.md":       "x",
		"docs/shown.md":            "x",
		"drafts/d.md":              "x", // brought back by .amalfaignore
		"private/p.md":             "x",
		"local.md":                 "x",
		"node_modules/m/r.md":      "x",
		".obsidian/o.md":           "x",
		".git/g.md":                "x",
		".amalfa/runtime/am.md":    "x",
		"tests/t.md":               "x",
		"contests.md":              "x", // "tests" is a name, not a substring
		"a/tests/u.md":             "x",
		"page.mdx":                 "x",
		"page.markdown":            "x",
		"page.html":                "x",
		"sub/.amalfaignore":        "*\n!ok.md\n",
		"sub/ok.md":                "x",
		"nested/.git/HEAD":         "ref: refs/heads/main\n",
		"nested/.git/info/exclude": "out.md\n",
		"nested/out.md":            "x",
		"nested/in.md":             "x",
		"wide/.gitignore":          "\xff\xfei\x00n\x00.\x00m\x00d\x00",
		"wide/in.md":               "x",
		"sub/no.md":                "x",
	}
	w := newWorkspace(t, files)
	w.opts.Exclude = []string{"tests"}
	s := w.run()
	if len(s.Files) != 1 || s.Files[0].ID != "wide/.gitignore" {
		t.Errorf("ignore files that do not count: %+v", s.Files)
	}
	want := []string{"a.md", "contests.md", "docs/shown.md", "docs/top.md", "drafts/d.md", "keep.tmp.md", "nested/in.md", "page.markdown", "page.mdx", "sub/ok.md", "wide/in.md"}
	if diff := cmp.Diff(want, w.notes()); diff != "" {
		t.Error(diff)
	}
	folders, err := ingest.Folders(t.Context(), w.opts, []string{"."})
	if diff := cmp.Diff([]string{".", "a", "docs", "docs/deep", "drafts", "nested", "sub", "wide"}, folders); diff != "" || err != nil {
		t.Error(diff, err)
	}
	w.opts.Exclude = []string{"docs/**", "*.mdx"}
	s = w.run()
	want = []string{"a.md", "a/tests/u.md", "contests.md", "drafts/d.md", "keep.tmp.md", "nested/in.md", "page.markdown", "sub/ok.md", "tests/t.md", "wide/in.md"}
	if diff := cmp.Diff(want, w.notes()); diff != "" || s.Deleted != 3 || s.Indexed != 2 {
		t.Errorf("%+v %s", s, diff)
	}
}

func TestSources(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"a.md": "x", "docs/b.md": "x", "docs/c.txt": "x", "docs/deep/d.md": "x", ".notes/e.md": "x", "other/f.md": "x", "docsevil/g.md": "x", "other/H.MD": "x",
	})
	for name, tt := range map[string]struct{ sources, want []string }{
		"folder":            {[]string{"docs"}, []string{"docs/b.md", "docs/deep/d.md"}},
		"overlapping":       {[]string{"docs", "./docs/deep", "docs/**/*.md", w.path("docs")}, []string{"docs/b.md", "docs/deep/d.md"}},
		"glob":              {[]string{"docs/*.{md,txt}"}, []string{"docs/b.md", "docs/c.txt"}},
		"file":              {[]string{"a.md", "docs/c.txt"}, []string{"a.md", "docs/c.txt"}},
		"hidden when named": {[]string{".notes"}, []string{".notes/e.md"}},
		"everything":        {nil, []string{"a.md", "docs/b.md", "docs/deep/d.md", "docsevil/g.md", "other/H.MD", "other/f.md"}},
		"upper case":        {[]string{"other/*.md"}, []string{"other/H.MD", "other/f.md"}},
	} {
		t.Run(name, func(t *testing.T) {
			w.opts.Sources = tt.sources
			w.run()
			if diff := cmp.Diff(tt.want, w.notes()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRenamesReuseVectorsAndLinksFollow(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "see [[target]] and [it](old/target.md)", "old/target.md": "# Target\n\ntext"})
	w.run()
	w.rename("old", "new")
	s := w.run()
	if s.Embedded != 0 || s.Reused != 1 || s.Deleted != 1 || s.Indexed != 1 {
		t.Errorf("%+v", s)
	}
	edges, err := w.opts.Store.Edges(t.Context(), "a.md", store.Out)
	if err != nil || len(edges) != 2 {
		t.Fatal(edges, err)
	}
	got := map[string]bool{edges[0].Target: edges[0].Resolved, edges[1].Target: edges[1].Resolved}
	if diff := cmp.Diff(map[string]bool{"new/target.md": true, "old/target.md": false}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateLooksOnlyAtItsPaths(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "a", "d/b.md": "b", "d/e/c.md": "c"})
	w.run()
	w.write("a.md", "changed")
	w.write("d/new.md", "n")
	w.rename("d/e", "d/f")
	s, err := ingest.Update(t.Context(), w.opts, []string{"d/e", "d/f", w.path("d/new.md"), "never/was.md"})
	if err != nil {
		t.Fatal(err)
	}
	w.balanced(s)
	if s.Seen != 2 || s.Indexed != 2 || s.Deleted != 1 || s.Reused != 1 {
		t.Errorf("%+v", s)
	}
	if diff := cmp.Diff([]string{"a.md", "d/b.md", "d/f/c.md", "d/new.md"}, w.notes()); diff != "" {
		t.Error(diff)
	}
	if lag, err := ingest.Lag(t.Context(), w.opts); err != nil || lag != 1 {
		t.Errorf("lag %d, %v; want 1 for a.md", lag, err)
	}
	if _, err := ingest.Update(t.Context(), w.opts, []string{"../x"}); err == nil {
		t.Error("a path outside the workspace was accepted")
	}
}

// F9: size and modification time prove nothing.
func TestSameSizeAndTimeStillShows(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "aaaa"})
	old := time.Now().Add(-time.Hour)
	for _, text := range []string{"aaaa", "bbbb", "cccc"} {
		w.write("a.md", text)
		if err := os.Chtimes(w.path("a.md"), old, old); err != nil {
			t.Fatal(err)
		}
		w.run()
		c, err := w.opts.Store.Chunks(t.Context(), "a.md")
		if err != nil || len(c) != 1 || c[0].Text != text {
			t.Errorf("index has %+v, file %q (%v)", c, text, err)
		}
	}
}

func TestAnotherModelTakesOverWhenItIsComplete(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "alpha", "b.md": "beta"})
	w.run()
	active := func() string {
		m, err := w.opts.Store.ActiveModel(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m.Digest
	}
	w.opts.Embedder = hashModel{digest: "hash-2", calls: func(texts []string) error {
		if active() != "hash-1" {
			t.Error("the new model answers before it is complete")
		}
		return nil
	}}
	if _, err := ingest.Update(t.Context(), w.opts, []string{"a.md"}); err != nil || active() != "hash-1" {
		t.Errorf("after an update of one note %s answers (%v)", active(), err)
	}
	s := w.run()
	if active() != "hash-2" || s.Embedded != 2 {
		t.Errorf("%s answers after %+v", active(), s)
	}
}

// What is committed is what the file holds at that moment, not what it held before the model was busy.
func TestFileThatChangesWhileItIsEmbedded(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "version 1", "b.md": "beta", "gone.md": "soon"})
	changed := false
	w.opts.Embedder = hashModel{calls: func([]string) error {
		if !changed {
			changed = true
			w.write("a.md", "version 2")
			return os.Remove(w.path("gone.md"))
		}
		return nil
	}}
	s := w.run()
	c, err := w.opts.Store.Chunks(t.Context(), "a.md")
	if err != nil || len(c) != 1 || c[0].Text != "version 2" || s.Indexed != 2 || s.Seen != 2 {
		t.Errorf("%+v %+v %v", c, s, err)
	}
	if diff := cmp.Diff([]string{"a.md", "b.md"}, w.notes()); diff != "" {
		t.Error(diff)
	}
}

// Two writers at once end with one right index.
func TestConcurrentRuns(t *testing.T) {
	w := newWorkspace(t, nil)
	for i := range 300 {
		w.write(fmt.Sprintf("n%d.md", i), fmt.Sprintf("note %d [[n%d]]", i, i+1))
	}
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			_, err := ingest.RunWhole(t.Context(), w.opts)
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if s := w.run(); s.Embedded != 0 || s.Unchanged != 300 || len(w.notes()) != 300 {
		t.Errorf("%+v", s)
	}
}

// A model that is still loading must not keep a note from being found by keyword.
func TestModelThatIsNotReady(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "alpha"})
	loaded := errors.New("still loading")
	w.opts.Embedder = loading{err: loaded}
	s := w.run()
	want := "1 notes are found by keyword only, without vectors: ask the embedding model: still loading"
	if diff := cmp.Diff([]string{want}, s.Degraded); diff != "" || s.Missing != 1 || s.Indexed != 1 {
		t.Errorf("%+v %s", s, diff)
	}
	if s := w.run(); s.Missing != 1 || s.Unchanged != 1 {
		t.Errorf("still loading: %+v", s)
	}
	if _, err := ingest.MakeVectors(t.Context(), w.opts); !errors.Is(err, loaded) {
		t.Errorf("it is not told why: %v", err)
	}
	w.opts.Embedder = hashModel{}
	if s := w.run(); s.Embedded != 1 || s.Missing != 0 {
		t.Errorf("%+v", s)
	}
}

type loading struct {
	hashModel
	err error
}

func (l loading) Model(context.Context) (store.Model, error) { return store.Model{}, l.err }

func TestKeywordOnly(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "alpha"})
	w.opts.Embedder = nil
	s := w.run()
	if diff := cmp.Diff([]string{"1 notes are found by keyword only, without vectors: no embedding model"}, s.Degraded); diff != "" {
		t.Error(diff)
	}
	m, err := w.opts.Store.Keyword(context.Background(), text.Phrase("alpha"), 10)
	if err != nil || len(m) != 1 {
		t.Error(m, err)
	}
}

func TestTheVaultIsClean(t *testing.T) {
	w := newWorkspace(t, nil)
	if err := os.CopyFS(w.root, vault.FS); err != nil {
		t.Fatal(err)
	}
	s := w.run()
	if s.Indexed != 13 || s.Seen != 13 || s.FrontMatter != 12 || s.Whole.Broken != 1 {
		t.Errorf("%+v", s)
	}
	if _, err := w.opts.Store.Get(t.Context(), vault.Answer); err != nil {
		t.Error(err)
	}
}

// A file that answers in both cases is looked for in the folder's list: here two links to one file stand for a file system that
// does not tell cases apart.
func TestNamesAreSpelledAsTheFolderSpellsThem(t *testing.T) {
	w := newWorkspace(t, map[string]string{"d/bird.md": "text"})
	if err := os.Link(w.path("d/bird.md"), w.path("d/BIRD.MD")); err != nil {
		t.Skip("no hard links here: ", err)
	}
	if _, err := ingest.Update(t.Context(), w.opts, []string{"d/bird.md"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"d/bird.md"}, w.notes()); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(w.path("d/bird.md")); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Update(t.Context(), w.opts, []string{"d/bird.md", "d/BIRD.MD"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"d/BIRD.MD"}, w.notes()); diff != "" {
		t.Error(diff)
	}
}
