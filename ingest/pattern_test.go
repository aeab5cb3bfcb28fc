package ingest

import (
	"strings"
	"testing"
	"time"

	"amalfa/testdata/limits"
)

// Patterns come from files of a folder that somebody else may have made.
func FuzzPatterns(f *testing.F) {
	for _, s := range []string{"docs/**/*.md", "!a\n/b/\n#c\n", "{a,b{c,d}}/[!x]?", "**/**/a/**", "\\!x\n\\#\n a \n", "[\n[]]\n[a-", "*\n!*/\n"} {
		f.Add(s, "docs/a/b.md")
	}
	f.Fuzz(func(t *testing.T, pattern, id string) {
		pattern, id = pattern[:min(len(pattern), 4000)], strings.Trim(id[:min(len(id), 500)], "/")
		clock := func(pattern, id string) (time.Duration, error) {
			began := time.Now()
			if s, err := parseSource("/w", pattern); err == nil {
				s.matches(id)
				if s.base == ".." || strings.HasPrefix(s.base, "../") || strings.HasPrefix(s.base, "/") {
					t.Fatalf("%q leads out to %q", pattern, s.base)
				}
			}
			return time.Since(began), nil
		}
		limit := limits.Limit{Time: 2 * time.Second, Yard: 10 * time.Microsecond, Measure: func() (time.Duration, error) {
			return clock(strings.Repeat("a", 4000), strings.Repeat("a", 500))
		}}
		if _, err := limit.Kept(func() (time.Duration, error) { return clock(pattern, id) }); err != nil {
			t.Fatal(err)
		}
	})
}
