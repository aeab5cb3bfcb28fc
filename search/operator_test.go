package search

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

// normalForms is a vault whose names, tags and days are written in many ways.
func normalForms(t *testing.T) *Searcher {
	put := func(id, date string, tags ...string) store.Put {
		p := note(id, id, "water "+id)
		p.Note.Tags, p.Note.Date, p.Note.Kind = tags, date, "markdown"
		return p
	}
	tide := put("Küste/ebbe v1.2.md", "2024-03-05", "ökologie", "to-do") // ü in NFD
	sky := put("docs/api/sky.md", "2025-01-01", "sea/coast")
	sky.Edges = []store.Edge{{Target: "src/my notes.go", Type: "LINKS_TO"}}
	code := put("src/my notes.go", "2023-07-01")
	code.Note.Kind = "go"
	return New(vault(t, tide, sky, code), nil, nil)
}

const (
	tide = "Küste/ebbe v1.2.md"
	sky  = "docs/api/sky.md"
	code = "src/my notes.go"
)

func TestFilterForms(t *testing.T) {
	s := normalForms(t)
	for _, c := range []struct {
		want  []string
		texts []string
	}{
		{[]string{tide}, []string{
			"path:Küste", "path:KÜSTE/", "Path:küste", "PATH:/küste", "path:./Küste/", `path:"ebbe v1.2"`, "path:“EBBE V1.2”", "path:'ebbe v1.2'",
			`path:"ebbe v"1.2`, "path:*v1.?.md", "path:**/ebbe*", "path：Küste", "path:nowhere,küste", `path:"nowhere","küste"`, "AND path:Küste",
			"tag:Ökologie", "TAG:ÖKOLOGIE", "tag:Ökologie", "tag:#ökologie", `tag:"to do"`, "tag:to-do", `tag:"To Do"`, "tag:TO-DO", `tag:"#to  do"`, "tag:tag:to-do",
			"after:2024-03 before:2025", "After:2024/03/05 BEFORE:2024-3-6", `after:"March 5, 2024" before:"[[2024-03-06]]"`, "after:20240305 before:2024-03-05T10:00,2024-12",
			"-path:docs,src", "NOT path:docs -path:src", "−path:docs AND NOT path:src",
		}},
		{[]string{sky}, []string{
			"path:docs", "path:/docs", "path:./docs", "path:DOCS/", "path:docs/api/", "path:api", "path:docs//api", "path:d*/api/*.{md,txt}", "path:{docs,x}/*",
			"tag:sea", "tag:Sea/Coast", "tag:sea/", "link:\"my notes\"", "LINK:[[src/my notes]],sky", "-path:src/,küste/", "path:sky",
		}},
		{[]string{code}, []string{
			"type:go", "type:GO", "TYPE:.Go", "type:*.go", "Type:.go,.rs", "-type:MARKDOWN", "-type:Md", `path:"My Notes"`, "path:src/my*",
		}},
		{[]string{tide, sky}, []string{"type:markdown", "type:MD", "path:küste OR path:docs", "path:küste | path:docs", "tag:to-do,sea", `tag:"to do" OR tag:sea`, "after:2024"}},
		{nil, []string{"path:/api", "tag:se", "tag:unheard", "path:ocs"}},
	} {
		for _, text := range c.texts {
			a := ask(t, s, Query{Text: text + " water", Mode: Keyword, Strict: true})
			got := idsOf(a)
			slices.Sort(got)
			want := slices.Clone(c.want)
			slices.Sort(want)
			if d := cmp.Diff(want, got); d != "" || len(a.Degraded) > 0 {
				t.Errorf("%s: %s %q", text, d, a.Degraded)
			}
		}
	}
}

func idsOf(a Answer) []string {
	var ids []string
	for _, h := range a.Results {
		ids = append(ids, h.ID)
	}
	return ids
}

// TestUnusableFilters has what looks like a filter and cannot be honoured: it is refused or named.
func TestUnusableFilters(t *testing.T) {
	s := normalForms(t)
	for text, why := range map[string]string{
		"path:../x": "leads out of the workspace", "after:soon": "is no date", "Before:March": "is no date", "link:Sun": `no note answers to "Sun"`,
		`tag:"?!"`: "is no tag", "path:,": "has no value", `path:""`: "has no value", `tag:" "`: "has no value",
	} {
		if _, err := s.Search(t.Context(), Query{Text: "water " + text, Mode: Keyword, Strict: true}); !errors.Is(err, ErrQuery) || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %q", text, err, why)
		}
	}
	for text, why := range map[string]string{
		"author:me": "author: is no filter", "file:sky": "there is path:", "File:sky": "there is path:", "in:docs": "there is path:", `title:"ebbe v1"`: "title: is no filter",
		"is:starred": "is: is no filter", "-author:me": "author: is no filter", "date:2024": "there is after:", "ext:.md": "there is type:", "tags:sea": "there is tag:",
		"path: docs": "right behind it the value", "path:": "right behind it the value", "tag::x": "right behind it the value", "(tag:sea)": "right behind it the value",
		"+path:docs": "right behind it the value", `path:"docs`: "without its partner", "tag:sea OR path:docs": "OR before path: is not understood",
		"lake OR path:docs": "OR before path: is not understood", "path:docs OR -path:src": "OR before path: is not understood",
	} {
		a := ask(t, s, Query{Text: "water " + text, Mode: Keyword})
		if len(a.Degraded) == 0 || !strings.Contains(strings.Join(a.Degraded, "\n"), why) {
			t.Errorf("%s: %q, want %q", text, a.Degraded, why)
		}
	}
	for _, text := range []string{"10:30", "http://x.org/in:y", "std::max", "fix: it", `C:\in`, "Note:this", "localhost:8080", "in: short", "id::x", "file:///etc/hosts", "a AND b", "NOT me"} {
		if a := ask(t, s, Query{Text: "water " + text, Mode: Keyword}); len(a.Degraded) > 0 {
			t.Errorf("%s: %q", text, a.Degraded)
		}
	}
}

func TestFlagsAndExclusions(t *testing.T) {
	s := New(vault(t,
		note("rm.md", "Deleting", "Never run rm -rf on data"),
		note("git.md", "History", "git log -p shows the data of each change; git commit --amend mends one"),
		note("tar.md", "Archives", "tar `-xzf` unpacks data"),
		note("xzf.md", "Codes", "the code xzf in tar data"),
		note("find.md", "Finding", "find . -name data lists data"),
		note("cold.md", "Weather", "Data from -5 degrees to 5 degrees"),
		note("fruit.md", "Fruit", "apple is a fruit"), note("firm.md", "Firm", "apple is a firm"),
		note("ja.md", "潮", "満潮 data"),
	), nil, nil)
	for text, want := range map[string]struct{ first, without string }{
		"rm -rf data":              {first: "rm.md"},
		"git log -p":               {first: "git.md"},
		"git commit -amend":        {first: "git.md"},
		"ls -la data tar -xzf":     {first: "tar.md", without: "xzf.md"},
		"tar -XZF, data":           {first: "tar.md", without: "xzf.md"},
		"find . -name data":        {first: "find.md"},
		"find . -type f -name":     {first: "find.md"},
		"-5 degrees":               {first: "cold.md"},
		"gcc -DNAME=1 -I/usr data": {},
		"docker run -it --rm rm":   {first: "rm.md"},
		"apple -fruit":             {first: "firm.md", without: "fruit.md"},
		"apple -fruit?":            {first: "firm.md", without: "fruit.md"},
		`apple -"a fruit"`:         {first: "firm.md", without: "fruit.md"},
		"data -満潮":                 {without: "ja.md"},
		"apple - fruit":            {first: "fruit.md"},
	} {
		got := idsOf(ask(t, s, Query{Text: text, Mode: Keyword, Strict: true}))
		if want.first != "" && (len(got) == 0 || got[0] != want.first) || want.without != "" && slices.Contains(got, want.without) || len(got) == 0 {
			t.Errorf("%s: %v, want %+v", text, got, want)
		}
	}
}

func TestWritesFlag(t *testing.T) {
	for text, want := range map[string]bool{
		"tar -xzf x": true, "-xzf": true, "`-XZF`": true, "--xzf=1": true, "(-xzf)": true,
		"tar xzf": false, "a-xzf": false, "a--xzf": false, "-xzfv": false, "-xzf-v": false, "-xzf_-xzf": false, "": false, "-xz": false,
	} {
		if got := writesFlag(text, "-xzf"); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
