package notes

import "testing"

func TestDestination(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Target
		ok   bool
	}{
		{"b.md", Target{"docs/b.md", ByPath, ""}, true}, {"../b.md#part", Target{"b.md", ByPath, ""}, true}, {"/x/b.md?raw", Target{"x/b.md", ByPath, ""}, true},
		{"b", Target{"docs/b", ByPathThenName, ""}, true}, {"Caf%C3%A9.md", Target{"docs/Café.md", ByPath, ""}, true}, {"100%.md", Target{"docs/100%.md", ByPath, ""}, true},
		{"%ff.md", Target{"docs/%ff.md", ByPath, ""}, true},
		{"https://example.com/b.md", Target{}, false}, {"mailto:a@b.c", Target{}, false}, {"//example.com", Target{}, false}, {"#part", Target{}, false},
		{"a.md", Target{}, false}, {"", Target{}, false}, {"%00", Target{}, false}, {"/", Target{"./", ByPath, ""}, true},
		{"sub/", Target{"docs/sub/", ByPath, ""}, true}, {"../..", Target{"../", ByPath, ""}, true}, {"b.pdf", Target{"docs/b.pdf", ByPathThenName, ""}, true},
	} {
		got, ok := Vault{}.Destination("docs/a.md", tt.in)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%q: %+v, %v, want %+v, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestWikilink(t *testing.T) {
	for in, want := range map[string]Target{
		"b": {"b", ByName, ""}, " b#part | text": {"b", ByName, ""}, `b\|text`: {"b", ByName, ""}, "x/b.md#^block": {"x/b.md", ByName, ""}, "./b": {"docs/b", ByPath, ""},
		"../b": {"b", ByPath, ""}, "/b": {"b", ByPath, ""}, "../../b": {"../b", ByPath, ""}, "Long\n  Name": {"Long Name", ByName, ""}, "a: b": {"a: b", ByName, ""},
		".b": {".b", ByName, ""}, "..b/c": {"..b/c", ByName, ""}, "100%25": {"100%25", ByName, ""},
		"": {}, "#part": {}, "|text": {}, "https://example.com/b": {}, "mailto:a@b.c": {}, " ": {},
	} {
		got, ok := Vault{}.Wikilink("docs/a.md", in)
		if got != want || ok != (want != Target{}) {
			t.Errorf("%q: %+v, %v, want %+v", in, got, ok, want)
		}
	}
}

func TestLines(t *testing.T) {
	for in, want := range map[string]Lines{"10": {10, 10}, "10-24": {10, 24}, "1-999999999": {1, 999999999}, "0": {}, "4-3": {}, "": {}, "a": {}, "1-": {}, "-1": {}, "9999999999": {}} {
		got, err := ParseLines(in)
		if got != want || (err == nil) != (want != Lines{}) {
			t.Errorf("%q: %v, %v, want %v", in, got, err, want)
		}
	}
	for in, want := range map[string][2]string{"a.md:10-24": {"a.md", "10-24"}, "a:b.md:3": {"a:b.md", "3"}, "a.md": {"a.md", ""}, ":3": {":3", ""}, "a.md:x": {"a.md:x", ""}} {
		if ref, lines, ok := CutLines(in); ref != want[0] || lines != want[1] || ok != (want[1] != "") {
			t.Errorf("%q: %q %q", in, ref, lines)
		}
	}
}
