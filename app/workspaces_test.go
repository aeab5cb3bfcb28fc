package app

import (
	"slices"
	"strings"
	"testing"
)

// A flag of several values is cut at its commas, also where a name has one.
func TestWholeNames(t *testing.T) {
	known := []NamedWorkspace{{Name: "a"}, {Name: "a, b"}, {Name: "a, b,c"}, {Name: "d", Path: "/home/x,y/d"}, {Name: "e"}}
	for given, want := range map[string]string{
		"a": "a", "a,e": "a|e", "a, e": "a|e", "a, b": "a, b", "a,b": "a, b", "a, b,c,e": "a, b,c|e", "e,a, b": "e|a, b",
		"/home/x,y/d": "/home/x,y/d", "nope,a": "nope|a", "b,c": "b|c", "": "",
	} {
		if got := strings.Join(wholeNames(strings.Split(given, ","), known), "|"); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	if got := wholeNames([]string{"a", "a, b"}, known); !slices.Equal(got, []string{"a", "a, b"}) {
		t.Errorf("%q", got)
	}
}
