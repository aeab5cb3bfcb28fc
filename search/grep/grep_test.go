package grep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"amalfa/store"

	"github.com/google/go-cmp/cmp"
)

// files is a store that knows names only: the text is on disk.
type listed struct {
	store.Store
	ids       []string
	elsewhere map[string]string // texts of notes that another machine has, by id
}

func (l listed) Files(context.Context) (map[string]store.File, error) {
	files := map[string]store.File{}
	for id := range l.elsewhere {
		files[id] = store.File{ID: id, Elsewhere: true}
	}
	return files, nil
}

func (l listed) Chunks(_ context.Context, id string) ([]store.Chunk, error) {
	return []store.Chunk{{Start: 4, End: 4 + len(l.elsewhere[id]), FirstLine: 5, LastLine: 5, Text: l.elsewhere[id]}}, nil
}

func (l listed) List(context.Context, string, string, int) (out []store.Note, err error) {
	for _, id := range l.ids {
		out = append(out, store.Note{ID: id, Size: 100, Lines: 5})
	}
	return out, nil
}

func workspace(t *testing.T, texts map[string]string) (st listed, root string) {
	t.Helper()
	root = t.TempDir()
	for id, text := range texts {
		path := filepath.Join(root, filepath.FromSlash(id))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		st.ids = append(st.ids, id)
	}
	slices.Sort(st.ids)
	return st, root
}

func TestRun(t *testing.T) {
	st, root := workspace(t, map[string]string{
		"a.md":        "one\ntwo Tide\nthree\ntide four\n",
		"docs/b.md":   "\ufeffTide\r\nx\rtide.x\n",
		"docs/deep/c": "größe GRÖSSE\n",
		"wide.md":     strings.Repeat("x", 5000) + "needle" + strings.Repeat("ü", 3000) + "\n",
	})
	st.ids = append(st.ids, "gone.md")
	tests := []struct {
		name  string
		q     Query
		want  string // id:line of the matches
		total int
	}{
		{"text", Query{Pattern: "tide"}, "a.md:4 docs/b.md:3", 2},
		{"any case", Query{Pattern: "tide", IgnoreCase: true}, "a.md:2 a.md:4 docs/b.md:1 docs/b.md:3", 4},
		{"other scripts", Query{Pattern: "GRÖßE", IgnoreCase: true}, "docs/deep/c:1", 1},
		{"a dot is a dot", Query{Pattern: "tide.x"}, "docs/b.md:3", 1},
		{"expression", Query{Pattern: "^t(wo|ide)", Regexp: true}, "a.md:2 a.md:4 docs/b.md:3", 3},
		{"expression, any case", Query{Pattern: "^tide$", Regexp: true, IgnoreCase: true}, "docs/b.md:1", 1},
		{"folder", Query{Pattern: "tide", Paths: []string{"docs"}}, "docs/b.md:3", 1},
		{"folder with a slash", Query{Pattern: "tide", Paths: []string{"./docs/"}}, "docs/b.md:3", 1},
		{"name in any folder", Query{Pattern: "tide", Paths: []string{"b.*"}}, "docs/b.md:3", 1},
		{"several paths", Query{Pattern: "tide", Paths: []string{"docs/**", "a.md"}}, "a.md:4 docs/b.md:3", 2},
		{"no such path", Query{Pattern: "tide", Paths: []string{"log/**"}}, "", 0},
		{"limit", Query{Pattern: "tide", IgnoreCase: true, Limit: 2}, "a.md:2 a.md:4", 4},
		{"skip", Query{Pattern: "tide", IgnoreCase: true, Skip: 1, Limit: 2}, "a.md:4 docs/b.md:1", 4},
		{"long line", Query{Pattern: "needle"}, "wide.md:1", 1},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if tc.q.Limit == 0 {
				tc.q.Limit = 100
			}
			r, err := Run(context.Background(), st, root, tc.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range r.Matches {
				got = append(got, m.ID+":"+string('0'+rune(m.Line)))
				if len(m.Text) > maxShown+10 || tc.q.Pattern == "needle" && !strings.Contains(m.Text, "needle") {
					t.Errorf("%d bytes: %s", len(m.Text), m.Text)
				}
			}
			if s := strings.Join(got, " "); s != tc.want || r.Total != tc.total {
				t.Errorf("%s, %d in all; want %s, %d", s, r.Total, tc.want, tc.total)
			}
			if len(tc.q.Paths) == 0 && (r.Searched != 4 || !slices.Equal(r.Skipped, []string{"gone.md"})) {
				t.Errorf("searched %d, skipped %v", r.Searched, r.Skipped)
			}
		})
	}
}

func TestContext(t *testing.T) {
	st, root := workspace(t, map[string]string{"a.md": "1\n2\nx3\n4\n5\n6\nx7\nx8\n9\n"})
	r, err := Run(context.Background(), st, root, Query{Pattern: "x", Context: 3, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	want := []Match{
		{ID: "a.md", Line: 3, Text: "x3", Before: []string{"1", "2"}, After: []string{"4", "5", "6"}},
		{ID: "a.md", Line: 7, Text: "x7", Before: []string{}, After: []string{}},
		{ID: "a.md", Line: 8, Text: "x8", Before: []string{}, After: []string{"9"}},
	}
	if d := cmp.Diff(want, r.Matches); d != "" {
		t.Error(d)
	}
}

func TestRefused(t *testing.T) {
	st, root := workspace(t, nil)
	for _, q := range []Query{{}, {Pattern: "a\nb"}, {Pattern: "(", Regexp: true}, {Pattern: "a(?=b)", Regexp: true}, {Pattern: strings.Repeat("x", MaxPattern+1)}} {
		if _, err := Run(context.Background(), st, root, q); !errors.Is(err, ErrPattern) || strings.Contains(err.Error(), "error parsing") {
			t.Errorf("%.50q: %v", q.Pattern, err)
		}
	}
	for _, p := range []string{"[", "../x", "a/../../x", "{a"} {
		if _, err := Run(context.Background(), st, root, Query{Pattern: "x", Paths: []string{p}}); !errors.Is(err, ErrGlob) {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// FuzzRun holds that a text is found wherever it stands, at the line where it stands.
func FuzzRun(f *testing.F) {
	f.Add("a\nb\r\nc\rd", "c", false)
	f.Add("xx\xffyy", "y", true)
	f.Fuzz(func(t *testing.T, text, pattern string, fold bool) {
		q := Query{Pattern: pattern, IgnoreCase: fold, Limit: 1000, Context: 2}
		match, err := q.compile()
		if err != nil {
			t.Skip()
		}
		s := scan{q: q, match: match}
		s.note("a", []byte(text))
		re := regexp.MustCompile(regexp.QuoteMeta(pattern))
		for _, m := range s.result.Matches {
			if m.Line < 1 || !fold && !strings.Contains(text, pattern) {
				t.Errorf("%q in %q: %+v", pattern, text, m)
			}
		}
		if !fold && len(s.result.Matches) == 0 && re.MatchString(strings.NewReplacer("\r", "", "\n", "").Replace(text)) && strings.Contains(text, pattern) && !strings.HasPrefix(text, "\ufeff") {
			t.Errorf("%q was not found in %q", pattern, text)
		}
	})
}

// A note whose file another machine has is looked through as the index holds it, with the file's numbers of lines; one that is gone here is
// skipped, and where there is no folder no file is opened.
func TestElsewhere(t *testing.T) {
	st, root := workspace(t, map[string]string{"here.md": "the moon here"})
	st.ids = append(st.ids, "gone.md", "there.md")
	st.elsewhere = map[string]string{"there.md": "the moon there", "here.md": "the moon as the index has it"}
	q := Query{Pattern: "moon", Limit: 10}
	for _, c := range []struct {
		root          string
		want, skipped []string
	}{
		{root, []string{"here.md:1 the moon here", "there.md:5 the moon there"}, []string{"gone.md"}},
		{"", []string{"here.md:5 the moon as the index has it", "there.md:5 the moon there"}, []string{}},
	} {
		r, err := Run(t.Context(), st, c.root, q)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, m := range r.Matches {
			got = append(got, fmt.Sprintf("%s:%d %s", m.ID, m.Line, m.Text))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(c.skipped, r.Skipped); diff != "" {
			t.Error(diff)
		}
	}
}
