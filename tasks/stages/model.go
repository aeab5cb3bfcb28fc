// Package stages is what a language model does for a search: it says what a question wants, judges passages, and finds the words that
// answer. What it says is data: a number counts if it is that of a passage that it was shown, a snippet if it stands in the text.
package stages

import (
	"context"

	"amalfa/llm"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
)

// A Model is who is asked.
type Model struct {
	Asker llm.Asker
	Name  string
	Count func(string) int // tokens of a text
	// Release leaves of passages what may go to the model.
	Release func(model string, passages []consent.Passage) ([]consent.Passage, []consent.Held)
}

// ask returns llm.ErrUnusable for an answer that is not of the form, and what the provider says.
func ask[T any](ctx context.Context, m Model, prompt string, form prompts.Form, check func(T) error) (v T, err error) {
	v, _, err = prompts.Ask(ctx, m.Asker, m.Name, prompt, form, m.Count, check)
	return v, err
}
