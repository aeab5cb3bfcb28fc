package notes

import (
	"slices"
	"strings"
	"testing"
)

func TestTag(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Harbour", "harbour"}, {" #Sea/Tides ", "sea/tides"}, {"two  words", "two-words"}, {"-x/", "x"}, {"ÉCOLE", "école"}, {"e\u0301", "é"}, {"潮汐", "潮汐"},
		{"🌊", "🌊"}, {"v2", "v2"}, {strings.Repeat("a", MaxTag), strings.Repeat("a", MaxTag)},
		{"C++", "c++"}, {"c#", "c#"}, {"Node.js", "node.js"}, {"v1.2", "v1.2"}, {"R&D", "r&d"}, {"C/C++", "c/c++"}, {".net", ".net"}, {"foo:bar", "foo:bar"}, {"@me", "@me"},
		{"2024", "2024"}, {"1-2_3/4", "1-2_3/4"}, {"[\"svelte\"", "svelte"}, {"“sea”", "sea"}, {"[[a b]]", "a-b"}, {"a]", "a"}, {"a\u00a0b\u200b", "a-b"}, {"#-'x'-", "x"}, {"🇩🇪", "🇩🇪"},
		{"", ""}, {"#", ""}, {"++", ""}, {"-", ""}, {"a,b", ""}, {"List<T>", ""}, {"a|b", ""}, {strings.Repeat("a", MaxTag+1), ""},
	} {
		got, ok := Tag(tt.in)
		if ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("Tag(%q) = %q, %v, want %q", tt.in, got, ok, tt.want)
		}
		if again, _ := Tag(got); ok && again != got {
			t.Errorf("Tag(%q) is %q, whose normal form is another: %q", tt.in, got, again)
		}
	}
}

func TestTagNode(t *testing.T) {
	for ref, want := range map[string]string{"tag:Sea Coast": "tag:sea-coast", "tag:c++": "tag:c++", "tag:": "tag:", "sea": "", "Tag:sea": ""} {
		if got, ok := TagNode(ref); got != want || ok != (want != "") {
			t.Errorf("TagNode(%q) = %q, %v, want %q", ref, got, ok, want)
		}
	}
}

func TestSpellTags(t *testing.T) {
	got, err := SpellTags([]string{"#Sea", "sea", "Two  Words", "two-words", "x"})
	if want := []string{"Sea", "Two-Words", "x"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for _, bad := range [][]string{nil, {"x", "++"}, {"a,b"}, {""}} {
		if got, err := SpellTags(bad); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

func TestHashTag(t *testing.T) {
	for s, want := range map[string]string{"Sea": "sea", "v2": "v2", "12": "", "1-2": "", "🌊": "🌊"} {
		if got, ok := HashTag(s); ok != (want != "") || ok && got != want {
			t.Errorf("HashTag(%q) = %q, %v, want %q", s, got, ok, want)
		}
	}
}

func FuzzTag(f *testing.F) {
	for _, s := range []string{"Sea", "[\"a\"", "c++", "#-'x'-", "\u1fefa", "İ", "a \u0085b", "\"\u00a0\"x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if tag, ok := Tag(s); ok {
			if again, ok := Tag(tag); !ok || again != tag {
				t.Fatalf("Tag(%q) is %q, whose normal form is another: %q, %v", s, tag, again, ok)
			}
		}
	})
}
