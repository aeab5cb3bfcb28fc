package notes

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseContext(t *testing.T) {
	long := strings.Repeat("word ", 1000)
	for in, want := range map[string]string{
		"":                             "",
		" \n\t\u200b\n":                "",
		"Decisions.\r\nNewest wins.\n": "Decisions. Newest wins.",
		"\ufeffa\x01b\x1b[31mc":        "ab[31mc",
		"\x7fELF\x02\x00words":         "", // a program
		"a\x00b\x00":                   "", // UTF-16
		"a\u202eb\u2066c\U000e0041":    "abc",
		"می\u200cخواهم":                "می\u200cخواهم",
		"\xff決定":                       "\uFFFD決定",
		long:                           strings.TrimSpace(long[:5*409]) + " …",
		strings.Repeat("決", 1000):      strings.Repeat("決", (MaxContext-4)/3) + " …",
	} {
		if d := cmp.Diff(want, ParseContext([]byte(in))); d != "" {
			t.Errorf("%.20q: %s", in, d)
		}
	}
}

func FuzzParseContext(f *testing.F) {
	for _, seed := range []string{"Decisions.\nNewest wins.", "\xff\x00\u202e", strings.Repeat("é", MaxContext), strings.Repeat("a b", MaxContext)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := ParseContext(data)
		if len(got) > MaxContext || !utf8.ValidString(got) || strings.ContainsFunc(got, IsInvisible) || strings.ContainsAny(got, "\n\t\u2028") {
			t.Fatalf("%q", got)
		}
		if again := ParseContext([]byte(got)); again != got {
			t.Fatalf("%q became %q", got, again)
		}
	})
}

func TestFolders(t *testing.T) {
	for _, c := range []struct {
		ids   []string
		limit int
		want  []string
	}{
		{nil, 0, nil},
		{[]string{"a.md"}, 0, []string{"."}},
		{[]string{"b/c/x.md", "-/y.md", "b/z.md"}, 0, []string{".", "-", "b", "b/c"}},
		{[]string{"b/c/x.md", "a/y.md"}, 2, []string{"b", "b/c"}},
	} {
		if got := Folders(c.ids, c.limit); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.ids, got, c.want)
		}
	}
	deep := strings.Repeat("d/", 5000) + "x.md"
	if n := len(Folders([]string{deep, deep}, 0)); n != 5001 {
		t.Errorf("%d folders of 5001", n)
	}
}

func TestFitContexts(t *testing.T) {
	all := []Context{{".", "1234"}, {"a", "123456789"}, {"a/b", "12"}}
	size := func(c Context) int { return len(c.Text) }
	if fit, taken := FitContexts(all, 7, size); taken != 6 || !slices.Equal(fit, []Context{all[0], all[2]}) {
		t.Errorf("%v, %d", fit, taken)
	}
	if got := ContextsOf(all, []string{"a/x.md"}); !slices.Equal(got, all[:2]) {
		t.Errorf("%v", got)
	}
}
