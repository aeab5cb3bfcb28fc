package app

import (
	"context"

	"amalfa/llm"
	"amalfa/registry"
	"amalfa/services/mcp"
	"amalfa/services/sonar"
	"amalfa/tasks/consent"
)

// modelForAgents tells whether agents may have a language model answer: one on this machine, or one at a host that the user's own
// settings name. Nobody sees what an agent sends before it is sent, so a key in the environment alone is not enough.
func (w *Workspace) modelForAgents() bool {
	m, err := w.LanguageModel()
	if err != nil {
		return false
	}
	defer m.Close()
	if m.Config().Guessed { // one that was started meanwhile is there for the next client
		return len(llm.Discover(context.Background(), m.Config())) > 0
	}
	return !m.Policy.Remote(m.Config().Model) || m.Policy.Permit(consent.Unattended, m.Config().Model) == nil
}

// askForAgents is Ask for an agent.
func (w *Workspace) askForAgents(ctx context.Context, q mcp.Question, sentence func()) (out mcp.Answer, err error) {
	svc, _ := registry.Lookup("sonar")
	a, err := w.Ask(ctx, svc, sonar.AskQuestion{Question: q.Text, Depth: q.Depth, BudgetTokens: q.Budget}, func(sonar.AskSentence) error {
		sentence()
		return nil
	})
	if err != nil {
		return out, err
	}
	out = mcp.Answer{Confidence: a.Confidence, Prompt: a.Usage.Prompt, Completion: a.Usage.Completion, Model: a.Model, Degraded: a.Degraded}
	if a.Trace != nil {
		out.Trace = *a.Trace
	}
	for _, s := range a.Answer {
		one := mcp.AnswerSentence{Sentence: s.Sentence, Citations: []mcp.Cited{}, Supported: s.Supported}
		for _, c := range s.Citations {
			one.Citations = append(one.Citations, mcp.Cited(c))
		}
		out.Sentences = append(out.Sentences, one)
	}
	for _, s := range a.Sources {
		out.Sources = append(out.Sources, mcp.Cited{Path: s.Path, Lines: s.Lines})
	}
	return out, nil
}
