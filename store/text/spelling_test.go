package text

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpellings(t *testing.T) {
	for text, want := range map[string][]string{
		"RFC9110":         {`"rfc 9110"`},
		"RFC 9110":        {`"rfc9110"`},
		"rfc-9110":        {`"rfc9110"`},
		"RFC_9110":        {`"rfc9110"`},
		"HEK293 cells":    {`"hek 293"`, `"hek293cells"`},
		"Windows11":       {`"windows 11"`},
		"10kg":            {`"10 kg"`},
		"10 kg":           {`"10kg"`},
		"v1.5":            {`"v 1 5"`},
		"GPT-4o":          {`"gpt 4 o"`, `"gpt4o"`},
		"iPhone15":        {`"iphone i phone 15"`},
		"COVID-19 spread": {`"covid19"`, `"19spread"`},
		"1.5 and 3.14":    {`"5and"`, `"and3"`},
		"満潮 2":            nil,
		"a1b2c3d":         {`"a1b2c3d"*`},
		"high water":      nil,
		"A1B2C3D0":        {`"a1b2c3d0"*`, `"a1b2c3d"`},
		"1234567":         {`"1234567"*`},
		"12345678":        {`"12345678"*`},
		"deadbeef":        nil,
		"abc123":          {`"abc 123"`},
		"?!":              nil,
	} {
		if d := cmp.Diff(want, Spellings(text)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
	if n := len(Spellings(strings.Repeat("7e4ac07f", 16))); n != 1+maxTerm-minHash {
		t.Errorf("%d spellings of a hash of 128 digits", n)
	}
}

func FuzzSpellings(f *testing.F) {
	for _, seed := range []string{"RFC9110 v1.5", "7e4ac07f3b2d9c1a", "HEK-293 10kg", "٣kg x２", "日本5", `"5a" *1`, "\xff1", "C++20 c#8"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, expr := range Spellings(text) {
			if e, err := Parse(expr); err != nil || len(e.Terms()) == 0 || !e.free() {
				t.Fatalf("%q: %q: %v", text, expr, err)
			}
		}
	})
}

func TestSpellingsAreEqual(t *testing.T) {
	for _, pair := range [][2]string{
		{"RFC9110", "RFC 9110"}, {"HEK-293", "HEK293"}, {"Python3", "Python 3"}, {"10kg", "10 kg"}, {"utf8", "UTF-8"}, {"ISO8601", "ISO 8601"}, {"iPhone15", "iPhone 15"},
	} {
		for _, p := range [][2]string{pair, {pair[1], pair[0]}} {
			stems := uses(p[1])
			if !slices.ContainsFunc(Spellings(p[0]), func(expr string) bool { e, _ := Parse(expr); return stems(e.Terms()) }) {
				t.Errorf("no spelling of %q is %q: %q", p[0], p[1], Spellings(p[0]))
			}
		}
	}
}

// uses tells whether all terms of a leaf are those that a text holds.
func uses(text string) func([]string) bool {
	held := new(Analyzer).Document(Columns{Spaced(text)}).terms
	return func(terms []string) bool {
		return len(terms) > 0 && !slices.ContainsFunc(terms, func(term string) bool {
			return !slices.ContainsFunc(held, func(d documentTerm) bool { return *d.term == Stem(term) })
		})
	}
}
