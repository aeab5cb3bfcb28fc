package ingest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFrontMatter(t *testing.T) {
	tests := []struct {
		name, text string
		want       frontMatter
		err        bool
	}{
		{"none", "# A\n", frontMatter{}, false},
		{"yaml", "---\ntitle: The  Title\ndate: 2025-03-04\ntags: [a, B]\naliases:\n  - x y\n---\nbody",
			frontMatter{present: true, end: 73, title: "The Title", date: "2025-03-04", tags: []string{"a", "b"}, aliases: []string{"x y"}}, false},
		{"a lone value", "---\ntags: a, b c\nalias: one\n---\n", frontMatter{present: true, end: 32, tags: []string{"a", "b-c"}, aliases: []string{"one"}}, false},
		{"words", "---\ntags: '#a b'\n---\n", frontMatter{present: true, end: 21, tags: []string{"a", "b"}}, false},
		{"toml", "+++\ntitle = 'T'\ndate = 2025-03-04\ntags = ['a']\n+++\n", frontMatter{present: true, end: 51, title: "T", date: "2025-03-04", tags: []string{"a"}}, false},
		{"byte order mark and CRLF", "\uFEFF---\r\ntitle: T\r\n---\r\nx", frontMatter{present: true, start: 3, end: 23, title: "T"}, false},
		{"closed by dots", "---\ntitle: T\n...\n", frontMatter{present: true, end: 17, title: "T"}, false},
		{"an alias of a list", "---\na: &a [x]\ntags: *a\n---\n", frontMatter{present: true, end: 27, tags: []string{"x"}}, false},
		{"any shape", "---\ntitle: {a: b}\ntags: {c: [d]}\ndate: [2025]\n? [complex]\n: key\n---\n", frontMatter{present: true, end: 68, date: "2025"}, false},
		{"a list", "---\n- a\n---\n", frontMatter{present: true, end: 12}, true},
		{"broken", "---\ntitle: 'x\n---\n", frontMatter{present: true, end: 18, title: "x"}, true},
		{"a colon in a title", "---\ntitle: Tides: a survey\ntags: [sea, \"moon\"]\n nested: no\n---\n",
			frontMatter{present: true, end: 63, title: "Tides: a survey", tags: []string{"sea", "moon"}}, true},
		{"broken toml", "+++\ntitle = 'x\ndate = 2025-03-04\n+++\n", frontMatter{present: true, end: 37, title: "x", date: "2025-03-04"}, true},
		{"not UTF-8", "---\ntitle: caf\x1a\n---\n", frontMatter{present: true, end: 20, title: "caf\uFFFD"}, true},
		{"text between rules", "---\n\nNot front matter.\n\n---\n", frontMatter{}, false},
		{"empty", "---\n---\n", frontMatter{present: true, end: 8}, false},
		{"never closed", "---\ntitle: x\n", frontMatter{}, true},
		{"a rule", "---\n\ntext\n", frontMatter{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseFrontMatter([]byte(tt.text))
			if (err != nil) != tt.err {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(frontMatter{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzFrontMatter(f *testing.F) {
	for _, s := range []string{"---\na: b\n---\n", "+++\na = 1\n+++\n", "---\ntags: &a [*a]\n---", "---\n? {a: [}\n---\n", "\uFEFF---\r\n---", "+++\n[[a]]\nb=2025-01-01T00:00:00Z\n+++"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fm, _ := parseFrontMatter(data)
		if fm.start < 0 || fm.start > fm.end || fm.end > len(data) || len(fm.tags) > maxNames || len(fm.title) > maxTitle {
			t.Fatalf("%+v", fm)
		}
	})
}
