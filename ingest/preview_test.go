package ingest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
)

func TestPreviewSaysWhatARunDoes(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"same.md": "alpha", "edit.md": "beta", "gone.md": "gamma", "moved.md": "delta", "empty.md": "", ".env": "KEY=x", "twice.md": "# Eta\n\nx",
	})
	preview := func() (ingest.Summary, []ingest.Change) {
		t.Helper()
		s, changes, err := ingest.Preview(t.Context(), w.opts)
		if err != nil {
			t.Fatal(err)
		}
		w.balanced(s)
		return s, changes
	}
	st := w.opts.Store
	w.opts.Store = nil
	s, changes := preview()
	want := []ingest.Change{{"edit.md", "add", 1}, {"empty.md", "add", 0}, {"gone.md", "add", 1}, {"moved.md", "add", 1}, {"same.md", "add", 1}, {"twice.md", "add", 1}}
	if diff := cmp.Diff(want, changes); diff != "" || s.Indexed != 6 || s.Skipped != 1 || s.Embedded != 5 {
		t.Errorf("before there is an index: %+v %s", s, diff)
	}
	w.opts.Store = st
	w.run()
	before := w.states()
	w.write("edit.md", "# New\n\nbeta\n\n# Eta\n\nx") // its second passage is that of twice.md, but for the title
	w.rename("moved.md", "there.md")
	w.rename("gone.md", "gone.txt")
	w.opts.Exclude = []string{"twice.md"}
	s, changes = preview()
	want = []ingest.Change{{"edit.md", "update", 2}, {"there.md", "add", 1}, {"gone.md", "remove", 0}, {"moved.md", "remove", 0}, {"twice.md", "remove", 0}}
	if diff := cmp.Diff(want, changes); diff != "" || s.Indexed != 2 || s.Unchanged != 2 || s.Deleted != 3 || s.Embedded != 3 {
		t.Errorf("%+v %s", s, diff)
	}
	if diff := cmp.Diff(before, w.states()); diff != "" {
		t.Errorf("the preview wrote: %s", diff)
	}
	done := w.run()
	if done.Indexed != s.Indexed || done.Deleted != s.Deleted || done.Embedded != s.Embedded || done.Skipped != s.Skipped || done.Chunks != s.Chunks {
		t.Errorf("said %+v\ndid %+v", s, done)
	}
}
