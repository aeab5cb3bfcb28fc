package stages

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"amalfa/notes"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
)

const (
	shownBytes  = 600 // of each passage that is judged; the earlier system showed 200 characters
	maxIntent   = 100
	maxReason   = 300
	maxPassages = 100 // that one question may be asked about
)

// A Judgement is what the model says of one passage.
type Judgement struct {
	At        int     // which of the passages
	Relevance float64 // 0 to 1
	Reason    string
}

type relevance struct {
	Passages []struct {
		Number    int     `json:"number"`
		Relevance float64 `json:"relevance"`
		Reason    string  `json:"reason"`
	} `json:"passages"`
}

// Judge asks how well passages answer a question. Those that stay on this machine, and those that the model leaves out, have no judgement;
// with none that may be shown nobody is asked.
func (m Model) Judge(ctx context.Context, query, intent string, passages []consent.Passage) ([]Judgement, error) {
	shown, at := m.shown(passages[:min(len(passages), maxPassages)])
	if len(shown) == 0 {
		return nil, nil
	}
	form := prompts.Form{Question: query, Evidence: prompts.Evidence{Passages: shown}}
	if intent != "" {
		form.Said = []string{prompts.Sanitize(strings.Join(strings.Fields(intent), " "), maxIntent)}
	}
	v, err := ask(ctx, m, "relevance", form, func(v relevance) error { return v.check(len(shown)) })
	if err != nil {
		return nil, err
	}
	out := make([]Judgement, 0, len(v.Passages))
	for _, p := range v.Passages {
		out = append(out, Judgement{at[p.Number-1], p.Relevance, notes.Clip(prompts.Line(p.Reason), maxReason)})
	}
	return out, nil
}

func (v relevance) check(shown int) error {
	if len(v.Passages) == 0 {
		return errors.New("no passage is judged")
	}
	seen := map[int]bool{}
	for _, p := range v.Passages {
		switch {
		case p.Number < 1 || p.Number > shown:
			return fmt.Errorf("there is no passage %d", p.Number)
		case seen[p.Number]:
			return fmt.Errorf("passage %d is judged twice", p.Number)
		case math.IsNaN(p.Relevance) || p.Relevance < 0 || p.Relevance > 1:
			return errors.New("relevance is not from 0 to 1")
		}
		seen[p.Number] = true
	}
	return nil
}

// shown are the passages that the model gets to see, and which of them each is.
func (m Model) shown(passages []consent.Passage) (out []prompts.Passage, at []int) {
	for i, passage := range passages {
		free, _ := m.Release(m.Name, []consent.Passage{passage})
		for _, p := range free {
			if text := prompts.Sanitize(p.Text, shownBytes); text != "" {
				out = append(out, prompts.Passage{Ref: len(out) + 1, ID: p.ID, Lines: p.Lines, Text: text})
				at = append(at, i)
			}
		}
	}
	return out, at
}
