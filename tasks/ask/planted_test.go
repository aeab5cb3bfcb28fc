package ask

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"amalfa/tasks/prompts"
)

// A planted sentence is cited to a passage that supports it, or does not.
type planted struct {
	class, sentence string
	supported       bool
}

// The words of two generated vaults: what each note says is made of them.
func generated(n int) (note string, all []planted) {
	names := []string{"Anneliese", "Bertrand", "Chidi", "Dagny", "Eleni", "Farouk", "Greta", "Hiroshi", "Ilka", "Joaquin"}
	things := []string{"pump", "valve", "turbine", "sensor", "boiler", "crane", "winch", "filter", "generator", "compressor"}
	places := []string{"Bremen", "Lisbon", "Tromso", "Gdansk", "Cardiff", "Valencia", "Odessa", "Malmo", "Genoa", "Rotterdam"}
	other := []string{"The choir rehearses carols in the chapel every evening.", "Wild orchids bloom along the forest path in spring.",
		"The bakery sells rye bread with caraway seeds.", "Astronomers measured the spectrum of a distant quasar."}
	name, wrong, thing, place := names[n%10], names[(n+3)%10], things[(n*7)%10], places[(n*3+1)%10]
	bar, hours := 12+n*3, 1000+n*250
	note = fmt.Sprintf("The %s at %s was installed by %s on 2024-03-%02d. It runs at %d bar and is serviced every %d hours.\n"+
		"The old controller was not replaced.\nThe operators check the %s for leaks before each shift.\n", thing, place, name, 1+n%28, bar, hours, thing)
	month := fmt.Sprintf("%d March 2024", 1+n%28)
	all = []planted{
		{"number", fmt.Sprintf("The %s runs at %d bar.", thing, bar), true},
		{"number", fmt.Sprintf("The %s runs at %d bar.", thing, bar+7), false},
		{"number", fmt.Sprintf("Service is due every %d,%03d hours.", hours/1000, hours%1000), true},
		{"number", fmt.Sprintf("Service is due every %d,%03d hours.", (hours+500)/1000, (hours+500)%1000), false},
		{"number", fmt.Sprintf("The %s at %s was installed on %s.", thing, place, month), true},
		{"number", fmt.Sprintf("The %s at %s was installed on %d April 2024.", thing, place, 1+n%28), false},
		{"number", fmt.Sprintf("The %s runs at %d bar.", thing, hours), false},
		{"name", fmt.Sprintf("%s installed the %s at %s.", name, thing, place), true},
		{"name", fmt.Sprintf("%s installed the %s at %s.", wrong, thing, place), false},
		{"name", fmt.Sprintf("The %s in %s was %s's work, installed in March 2024.", thing, place, name), true},
		{"name", fmt.Sprintf("The %s was installed by %s at %s.", thing, name, places[(n*3+4)%10]), false},
		{"topic", fmt.Sprintf("Before each shift, operators check the %s for leaks.", thing), true},
		{"topic", fmt.Sprintf("Operators look for leaks of the %s before a shift.", thing), true},
		{"topic", other[n%4], false},
		{"topic", fmt.Sprintf("The %s has a warranty that the insurer pays for.", thing), false},
		{"negation", "The old controller was not replaced.", true},
		{"negation", "The old controller was replaced.", false},
		{"negation", fmt.Sprintf("The operators do not check the %s for leaks.", thing), false},
		{"negation", fmt.Sprintf("Operators never skip the check of the %s for leaks before a shift.", thing), true},
	}
	return note, all
}

// TestPlanted counts what the check finds without vectors: of the sentences that it marks unsupported, which are (precision), and of
// those that are, which it marks (recall).
func TestPlanted(t *testing.T) {
	type count struct{ caught, missed, wronged, passed int }
	counts := map[string]*count{}
	for n := range 60 {
		note, all := generated(n)
		lines := strings.Count(note, "\n")
		src := newSource(prompts.Passage{Ref: 1, ID: "a.md", Lines: [2]int{1, lines}, Text: prompts.Sanitize(note, 4000)}, note)
		for _, p := range all {
			c := counts[p.class]
			if c == nil {
				c = &count{}
				counts[p.class] = c
			}
			got := checkOne(t.Context(), newWords(plain(p.sentence)), src, [2]int{}, nil).supported
			switch {
			case !got && !p.supported:
				c.caught++
			case got && !p.supported:
				c.missed++
			case !got && p.supported:
				c.wronged++
			default:
				c.passed++
			}
			if got != p.supported && n < 3 {
				t.Logf("%s: supported %v: %s | %s", p.class, got, p.sentence, note)
			}
		}
	}
	for class, c := range counts {
		precision, recall := float64(c.caught)/float64(c.caught+c.wronged), float64(c.caught)/float64(c.caught+c.missed)
		t.Logf("%s: precision %.3f, recall %.3f (%+v)", class, precision, recall, *c)
		if class != "negation" && (precision < 0.9 || recall < 0.9) {
			t.Errorf("%s: precision %.3f, recall %.3f", class, precision, recall)
		}
	}
}

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
