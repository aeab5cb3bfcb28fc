package notes

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (n Name) Name() Name { return n }

func TestKeys(t *testing.T) {
	n := Name{ID: "docs/Tide Tables 2.0.md", Title: "Version 1.5", Aliases: []string{"The Countess", "AL/1", "🌊"}}
	want := []string{"1", "docs-tide-tables-2-0", "the-countess", "tide-tables-2-0", "version-1-5", "🌊"}
	if d := cmp.Diff(want, n.Keys()); d != "" {
		t.Error(d)
	}
}

func TestBestIsFiledUnderItsKey(t *testing.T) {
	all := []Name{{ID: "docs/README.md", Title: "Documentation"}, {ID: "README.md", Title: "Start here"}, {ID: "notes/Café.md", Title: "Espresso", Aliases: []string{"Ristretto/x"}}, {ID: "docs/foo.bar.md"}}
	for ref, want := range map[string][]string{
		"README.md": {"README.md"}, "readme": {"README.md", "docs/README.md"}, "docs/readme": {"docs/README.md"}, "start HERE": {"README.md"}, "cafe": {"notes/Café.md"},
		"notes/Cafe\u0301.md": {"notes/Café.md"}, "ristretto/x": {"notes/Café.md"}, "docs-foo-bar": {"docs/foo.bar.md"}, "ADME.md": nil, "": nil, "/": nil,
	} {
		var got []string
		for _, n := range Best(all, ref) {
			got = append(got, n.ID)
			if !slices.Contains(n.Keys(), Key(ref)) && !slices.Contains(n.Keys(), Slug(ref)) {
				t.Errorf("%q finds %s, which is not filed under %q", ref, n.ID, Key(ref))
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", ref, d)
		}
	}
}

func TestLinked(t *testing.T) {
	all := []Name{{ID: "long/folder/Note.md"}, {ID: "a/Note.md"}, {ID: "b/Note.md"}, {ID: "Other.md", Title: "Note"}}
	for _, tt := range []struct {
		from string
		to   Target
		want string
	}{
		{"long/folder/x.md", Target{Name: "Note"}, "long/folder/Note.md"},
		{"x.md", Target{Name: "Note"}, "a/Note.md"},
		{"b/x.md", Target{Name: "note"}, "b/Note.md"},
		{"b/x.md", Target{Name: "a/Note"}, "a/Note.md"},
		{"b/x.md", Target{Name: "a/Note.md", Rule: ByPath}, "a/Note.md"},
		{"b/x.md", Target{Name: "Note.md", Rule: ByPath}, ""},
		{"b/x.md", Target{Name: "Nothing"}, ""},
	} {
		if got, ok := Linked(all, tt.from, tt.to); got.ID != tt.want || ok != (tt.want != "") {
			t.Errorf("from %s to %+v: %q, %v, want %q", tt.from, tt.to, got.ID, ok, tt.want)
		}
	}
}
