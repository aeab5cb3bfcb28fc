package answers

import "amalfa/tasks/consent"

// A Model is a language model that has a part in what is told of notes: what it says is data.
type Model struct {
	*Book
	// Release leaves of passages what may go to the model.
	Release func(model string, passages []consent.Passage) ([]consent.Passage, []consent.Held)
}
