package notes

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestPathPattern(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{"docs", []string{"docs/a.md", "docs2/a.md", "x/docs/a.md", "Docs/a.md"}, []string{"mydocs/a.md", "doc/s.md"}},
		{"docs/", []string{"docs/a.md", "x/docs/a.md"}, []string{"docs2/a.md", "docs.md"}},
		{"/docs", []string{"docs/a.md"}, []string{"x/docs/a.md"}},
		{"./docs/", []string{"docs/a.md"}, []string{"x/docs/a.md", "docs2/a.md"}},
		{"docs//api/./v1", []string{"docs/api/v1.md"}, []string{"docs/v1.md"}},
		{"docs/../src", []string{"src/a.go"}, []string{"docs/a.md"}},
		{"/", []string{"a.md", "docs/a.md"}, nil},
		{".", []string{"a.md"}, nil},
		{"./", []string{"a.md"}, nil},
		{".github", []string{".github/a.md"}, []string{"github/a.md"}},
		{"v1.2", []string{"v1.2-notes.md", "x/V1.2/a.md"}, []string{"v1x2.md"}},
		{"STRASSE", []string{"straße/a.md", "Strasse.md"}, nil},
		{"ΤΈΛΟΣ", []string{"τέλος.md"}, []string{"τελος.md"}},
		{"a[b]", []string{"src/a[b].go"}, []string{"src/ab.go"}},
		{"my notes", []string{"x/My Notes/a.md"}, []string{"my-notes/a.md"}},
		{"*.md", []string{"a.md", "docs/B.MD"}, []string{"a.mdx"}},
		{"./sub/*", []string{"sub/a.md", "sub/x/a.md"}, []string{"x/sub/a.md", "sub.md"}},
		{"docs/**/v?.md", []string{"docs/v1.md", "docs/a/b/V2.md"}, []string{"docs/v12.md", "docs/v/.md"}},
		{"**/draft*", []string{"draft.md", "a/b/Drafts/x.md"}, []string{"a/mydraft.md"}},
		{"docs/*/", []string{"docs/a/b.md"}, []string{"docs/a.md"}},
		{"docs/*.{md,mdx}", []string{"docs/a.md", "docs/a.MDX"}, []string{"docs/a.go"}},
		{"{a,b{1,2}}/x", []string{"a/x", "b1/x", "b2/x"}, []string{"b/x"}},
		{"{a", []string{"{a.md"}, []string{"a.md"}},
		{"{a},b", []string{"{a},b.md"}, []string{"a.md"}},
		{"a}{,b*", []string{"a}{,bc"}, []string{"a"}},
		{"café", []string{"café.md", "CAFÉ/x.md"}, []string{"cafe.md"}},
		{"caf?.md", []string{"café.md"}, nil},
	} {
		for _, form := range []norm.Form{norm.NFC, norm.NFD} {
			p, err := ParsePath(form.String(c.pattern))
			if err != nil {
				t.Fatalf("%s: %v", c.pattern, err)
			}
			for want, ids := range map[bool][]string{true: c.yes, false: c.no} {
				for _, id := range ids {
					if p.Match(FoldPath(norm.NFC.String(id))) != want || p.Match(FoldPath(norm.NFD.String(id))) != want {
						t.Errorf("%s matches %s: want %v", c.pattern, id, want)
					}
				}
			}
		}
	}
	for _, out := range []string{"..", "../x", "/../x", "docs/../../x", "./..", strings.Repeat("*a", 600)} {
		if _, err := ParsePath(out); err == nil {
			t.Errorf("%.20s: no error", out)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"docs/", "./x/*", "{a,b", "{a,{b,c}}?", "***/", "[a-", `\`, "a\u0301", "\xff", "*\xf0", strings.Repeat("{,", 50) + strings.Repeat("}", 50)} {
		f.Add(seed, "docs/a.md")
	}
	f.Fuzz(func(t *testing.T, pattern, id string) {
		p, err := ParsePath(pattern)
		if err != nil {
			return
		}
		p.Match(FoldPath(id))
		if FoldPath(FoldPath(id)) != FoldPath(id) {
			t.Fatalf("%q folds to %q, then to %q", id, FoldPath(id), FoldPath(FoldPath(id)))
		}
	})
}
