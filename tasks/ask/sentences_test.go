package ask

import (
	"regexp"
	"strings"
	"testing"

	"amalfa/tasks/prompts"
)

func TestSentences(t *testing.T) {
	for text, want := range map[string][]string{
		"One thing [1]. Another. [2] Third":      {"One thing [1].", "Another. [2]", "Third"},
		"See e.g. the pump. It is 3.5 m.":        {"See e.g. the pump.", "It is 3.5 m."},
		"Am 3. März kam Dr. Weber an. Er blieb.": {"Am 3. März kam Dr. Weber an.", "Er blieb."},
		"# Title\n\n- first\n- second. More.\n":  {"# Title", "- first", "- second.", "More."},
		"```go\na := 1. b\n```\nThen.":           {"```go\na := 1. b\n```", "Then."},
		"| a | b |\n| --- | --- |\n| 1. x | 2 |": {"| a | b |", "| 1. x | 2 |"},
		"月は満ちる。潮は高い。":                            {"月は満ちる。", "潮は高い。"},
	} {
		var got []string
		cut := splitter{emit: func(s string) error { got = append(got, s); return nil }}
		for _, r := range text { // as a stream of single characters
			if err := cut.write(string(r)); err != nil {
				t.Fatal(err)
			}
		}
		if err := cut.end(); err != nil || strings.Join(got, "¦") != strings.Join(want, "¦") {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestCitationsOfWhatWasGiven(t *testing.T) {
	given := []prompts.Passage{{Ref: 1, ID: "a.md", Lines: [2]int{3, 9}}, {Ref: 2, ID: "b/c.md", Lines: [2]int{1, 4}}}
	text, refs, unknown := takeCitations("It is so [1, 2:2-3], see [x] and [../../etc/passwd:1] [7].", given)
	if len(refs) != 2 || refs[1].lines != [2]int{2, 3} || unknown != 2 || text != "It is so, see [x] and." {
		t.Errorf("%q %v %d", text, refs, unknown)
	}
	if got := clip([2]int{1, 100}, [2]int{3, 9}); got != [2]int{3, 9} {
		t.Error(got)
	}
}

// The answer never loses text and never stops on any input.
func FuzzSentences(f *testing.F) {
	f.Add("a. [1] b")
	f.Add("```\nx")
	keep := regexp.MustCompile(`[\p{L}\p{N}]`)
	f.Fuzz(func(t *testing.T, s string) {
		got := strings.Join(sentencesOf(s), "")
		if a, b := strings.Join(keep.FindAllString(s, -1), ""), strings.Join(keep.FindAllString(got, -1), ""); a != b {
			t.Fatalf("%q became %q", s, got)
		}
		newWords(s)
	})
}
