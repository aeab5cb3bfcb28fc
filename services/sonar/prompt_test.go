package sonar

import (
	"strings"
	"testing"

	"amalfa/search"
	"amalfa/tasks/prompts"

	"github.com/google/go-cmp/cmp"
)

func TestSourcesAreTheGivenOnesOnly(t *testing.T) {
	ps := []prompts.Passage{{Ref: 1, ID: "a.md"}, {Ref: 2, ID: "b.md"}}
	want := []Source{{Ref: 1, ID: "a.md"}, {Ref: 2, ID: "b.md", Cited: true}}
	if d := cmp.Diff(want, sources(ps, "see [2] and [3], [0], [99] or [../../etc/passwd]")); d != "" {
		t.Error(d)
	}
}

func TestPromptKeepsItsOrder(t *testing.T) {
	ms := prompt(say(1), prompts.Select(search.Answer{Results: []search.Hit{{ID: "a.md", Text: "fact"}}}, prompts.Usual()), "why?")
	var roles []string
	for _, m := range ms {
		roles = append(roles, m.Role)
	}
	if d := cmp.Diff([]string{"system", "user", "assistant", "user"}, roles); d != "" {
		t.Error(d)
	}
	if ms[0].Content != prompts.System("chat") || !strings.HasSuffix(ms[3].Content, "Question:\nwhy?") {
		t.Error(ms)
	}
	if again := prompt(nil, prompts.Select(search.Answer{Results: []search.Hit{{ID: "a.md", Text: "fact"}}}, prompts.Usual()), "why?"); again[1].Content == ms[3].Content {
		t.Error("the mark of the blocks is the same for two questions")
	}
}
