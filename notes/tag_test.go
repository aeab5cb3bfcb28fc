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
		{"", ""}, {"#", ""}, {"12", ""}, {"1-2_3/4", ""}, {"a,b", ""}, {"c++", ""}, {"a]", ""}, {strings.Repeat("a", MaxTag+1), ""},
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
	for _, bad := range [][]string{nil, {"x", "42"}, {"a,b"}, {""}} {
		if got, err := SpellTags(bad); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}
