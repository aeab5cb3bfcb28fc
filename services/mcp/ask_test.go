package mcp

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"amalfa/services"
)

// An agent gets sentences with their lines, what is not supported marked; where nobody is to be asked there is no tool, and an error says
// what to do.
func TestAsk(t *testing.T) {
	o := newVault(t).options()
	var asked Question
	o.Ask = func(_ context.Context, q Question, sentence func()) (Answer, error) {
		asked = q
		sentence()
		if strings.Contains(q.Text, "down") {
			return Answer{}, &services.Error{Status: http.StatusServiceUnavailable, Kind: "provider_down", Message: "it does not work", Advice: "start it"}
		}
		return Answer{Confidence: "high", Sources: []Cited{{"tides.md", [2]int{1, 9}}}, Sentences: []AnswerSentence{
			{"Spring tides come.", []Cited{{"tides.md", [2]int{3, 3}}}, true}, {"Nobody\nsays so.", []Cited{}, false},
		}}, nil
	}
	cs := connect(t, o, nil)
	out, text := ask[askOut](t, cs, "ask", map[string]any{"question": "when?", "depth": "research", "budget_tokens": 900})
	if asked != (Question{"when?", "research", 900}) || len(out.Answer) != 2 || out.Answer[1].Supported || !out.Untrusted || out.Trace != nil {
		t.Errorf("%+v %+v", asked, out)
	}
	if want := "| Spring tides come. [tides.md:3-3]\n| Nobody says so. (not supported by the notes)\n"; !strings.HasSuffix(text, want) {
		t.Errorf("%q", text)
	}
	if text := refused(t, cs, "ask", map[string]any{"question": "down?"}); !strings.Contains(text, "it does not work\nhint: start it") {
		t.Errorf("%q", text)
	}
	if text := refused(t, cs, "ask", map[string]any{"question": "when?", "depth": "deeper"}); !strings.Contains(text, "quick") {
		t.Errorf("%q", text)
	}
	o.Ask = nil
	if slices.Contains(toolNames(t, connect(t, o, nil)), "ask") {
		t.Error("there is a tool to ask nobody")
	}
}
