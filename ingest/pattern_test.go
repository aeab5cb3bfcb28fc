package ingest

import (
	"strings"
	"testing"
	"time"
)

// Patterns come from files of a folder that somebody else may have made.
func FuzzPatterns(f *testing.F) {
	for _, s := range []string{"docs/**/*.md", "!a\n/b/\n#c\n", "{a,b{c,d}}/[!x]?", "**/**/a/**", "\\!x\n\\#\n a \n", "[\n[]]\n[a-", "*\n!*/\n"} {
		f.Add(s, "docs/a/b.md")
	}
	f.Fuzz(func(t *testing.T, pattern, id string) {
		pattern, id = pattern[:min(len(pattern), 4000)], strings.Trim(id[:min(len(id), 500)], "/")
		began := time.Now()
		if s, err := parseSource("/w", pattern); err == nil {
			s.matches(id)
			if s.base == ".." || strings.HasPrefix(s.base, "../") || strings.HasPrefix(s.base, "/") {
				t.Fatalf("%q leads out to %q", pattern, s.base)
			}
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}
