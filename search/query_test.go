package search

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want question
	}{
		{"high water", question{words: []string{"high", "water"}}},
		{`"high water" tide`, question{words: []string{"tide"}, phrases: []string{"high water"}}},
		{"tide -moon -\"low water\"", question{words: []string{"tide"}, excluded: []exclusion{{"moon", "-moon"}, {text: "low water"}}}},
		{"“high water” «low water» 「満潮」", question{phrases: []string{"high water", "low water", "満潮"}}},
		{`say "open`, question{words: []string{"say", `"open`}}},
		{"--flag - a -", question{words: []string{"--flag", "a"}}},
		{`a*b NEAR(x,y) title:z`, question{words: []string{"a*b", "NEAR(x,y)", "title:z"}, unknown: []string{unknownFilter("title:z")}}},
		{"x\u00a0y\nz", question{words: []string{"x", "y", "z"}}},
		{"a\xffb", question{words: []string{"a", "b"}}},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got, cmp.AllowUnexported(question{}, exclusion{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for text, why := range map[string]string{
		"":                         "it is empty",
		" \n\t":                    "it is empty",
		`*`:                        "it holds no word",
		`"" ()`:                    "it holds no word",
		"-moon":                    "it only excludes",
		strings.Repeat("a ", 5000): "10000 bytes, at most 8192 are allowed",
		"\x00":                     "it holds no word",
		"\xff":                     "it holds no word",
	} {
		if _, err := parse(text); !errors.Is(err, ErrQuery) || !strings.Contains(err.Error(), why) {
			t.Errorf("%.20q: %v, want %q", text, err, why)
		}
	}
}

func TestIdentifier(t *testing.T) {
	for word, want := range map[string]bool{
		"getUserID": true, "snake_case": true, "x15": true, "x-15": true, "v1.5": true, "pkg.Func": true, "std::vector": true,
		"main.go": true, "a/b/c": true, "E1234": true, "3D": true,
		"high-speed": false, "and/or": false, "i.e.": false, "Berlin": false, "NATO": false, "end.": false, "2026": false, "3.14": false, "日本": false,
	} {
		if got := identifier.MatchString(word); got != want {
			t.Errorf("%s: %v", word, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`"a b" -c d`, `-"x`, `--`, "“a”", "「", `""""`, "-\"\"", "\xff\"", "a\u00a0-b", "🌊 -🌊"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parse(text)
		if err != nil {
			if !errors.Is(err, ErrQuery) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if q.plain() == "" {
			t.Fatalf("%q: nothing to embed", text)
		}
		parts := append(q.words, q.phrases...)
		for _, x := range q.excluded {
			parts = append(parts, x.text)
		}
		for _, part := range parts {
			if !strings.Contains(visible(text), part) {
				t.Fatalf("%q: %q is not in it", text, part)
			}
		}
	})
}
