package search

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

func TestSides(t *testing.T) {
	under := []store.Condition{{By: store.ByPath, Values: []string{"docs"}}}
	for _, c := range []struct {
		text            string
		want            question
		embedded, asked string
	}{
		{"words: retry backoff\nmeaning: When a request fails, the client waits.",
			question{words: []string{"retry", "backoff"}}, "When a request fails, the client waits.", "When a request fails, the client waits."},
		{"how do clients retry path:docs\nwords: backoff\nmeaning: it waits",
			question{words: []string{"backoff"}, filters: under}, "it waits", "how do clients retry"},
		{"words: backoff\nhow do clients retry", question{words: []string{"backoff"}}, "how do clients retry", "how do clients retry"},
		{"meaning: it waits\nretry", question{words: []string{"retry"}}, "it waits", "retry"},
		{"meaning: it waits - then", question{words: []string{"it", "waits", "then"}}, "it waits - then", "it waits - then"},
		{"words: backoff", question{words: []string{"backoff"}}, "backoff", "backoff"},
		{"words: a1\nmeaning: m1\nwords: a2\r\nmeaning: m2", question{words: []string{"a1", "a2"}}, "m1 m2", "m1 m2"},
		{"WORDS: a1\n  Meaning： m1\u2028\u200fwords:a2", question{words: []string{"a1", "a2"}}, "m1", "m1"},
		{"words: \"high water\" tide -moon path:docs\nmeaning: \"no\" -mark here path:x",
			question{words: []string{"tide"}, phrases: []string{"high water"}, excluded: []exclusion{{"moon", "-moon"}}, filters: under},
			`"no" -mark here path:x`, `"no" -mark here path:x`},
		{"\"high water\"\nmeaning: the sea rises", question{phrases: []string{"high water"}}, "the sea rises", "high water"},
		{"high tide\nwords:\nmeaning: ???", question{words: []string{"high", "tide"}}, "high tide", "high tide"},
		{"path:docs\nmeaning: it waits", question{words: []string{"it", "waits"}, filters: under}, "it waits", "it waits"},
		{"what is the meaning: of it", question{words: []string{"what", "is", "the", "meaning:", "of", "it"},
			unknown: nil}, "what is the meaning: of it", ""},
		{"the\nlast words", question{words: []string{"the", "last", "words"}}, "the last words", ""},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got.embedded() != c.embedded || got.common != c.asked {
				t.Errorf("embedded %q, asked %q", got.embedded(), got.common)
			}
			got.meaning, got.common = "", ""
			if d := cmp.Diff(c.want, got, cmp.AllowUnexported(question{}, exclusion{})); d != "" {
				t.Error(d)
			}
		})
	}
	for _, text := range []string{"words:", "meaning: ?\nwords: -", "words: -moon", strings.Repeat("words: ab\n", 1000)} {
		if _, err := parse(text); !errors.Is(err, ErrQuery) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestJoinArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"how", "do we", "retry"}, "how do we retry"},
		{[]string{"words: retry backoff", "meaning: the client waits"}, "words: retry backoff\nmeaning: the client waits"},
		{[]string{"how do we retry", "words: backoff", "path:docs"}, "how do we retry path:docs\nwords: backoff"},
		{[]string{"words:", "retry", "backoff", "path:docs", "meaning:", "it", "waits"}, "path:docs\nwords: retry backoff\nmeaning: it waits"},
		{[]string{"path:docs", "words:retry", "backoff", "MEANING:waits"}, "path:docs\nwords:retry backoff\nMEANING:waits"},
		{[]string{"what", "is", "the", "meaning:", "of", "it"}, "what is the meaning: of it"},
		{[]string{"words: retry", "how do we"}, "how do we\nwords: retry"},
		{[]string{"words: a\nmeaning: b c", "path:docs"}, "path:docs\nwords: a\nmeaning: b c"},
		{[]string{"words:", "a", "meaning: b\nc", "d"}, "d\nwords: a\nmeaning: b\nc"},
		{nil, ""},
	} {
		if d := cmp.Diff(c.want, JoinArguments(c.args)); d != "" {
			t.Errorf("%q: %s", c.args, d)
		}
	}
}

// FuzzSides holds that no line of a question is lost, and that a question without sides is not touched.
func FuzzSides(f *testing.F) {
	for _, seed := range []string{"words: a\nmeaning: b", "a\nWords： b\r\nc", "words:", "meaning: \"x\n-y", "\u200fwords:a\u2028b", "the meaning: of\n\n", "words:\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := cutSides(text)
		if s.words+s.meaning == "" && !strings.Contains(strings.ToLower(text), "words") && !strings.Contains(strings.ToLower(text), "meaning") && s.common != text {
			t.Fatalf("%q became %q", text, s.common)
		}
		all := s.common + s.words + s.meaning
		for line := range strings.FieldsFuncSeq(text, endsLine) {
			if m := sideLine.FindStringSubmatch(line); m != nil {
				line = strings.TrimSpace(m[2])
			}
			if !strings.Contains(all, line) {
				t.Fatalf("%q lost %q", text, line)
			}
		}
		if q, err := parse(text); err == nil && q.embedded() == "" && len(q.filters) == 0 {
			t.Fatalf("%q: nothing to embed", text)
		}
	})
}
