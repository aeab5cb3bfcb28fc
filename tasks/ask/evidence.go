package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"amalfa/llm"
	"amalfa/search"
	"amalfa/tasks/prompts"
)

// Evidence is what would be put before the model for a question.
type Evidence struct {
	prompts.Evidence
	Confidence string
	Messages   []llm.Message
	Tokens     int // of the messages
	Degraded   []string
	raw        map[int]string // text of a passage in the note
	found      search.Answer  // as the notes have it
}

// Answers tells whether the notes hold enough for a model to be asked.
func (e Evidence) Answers() bool { return len(e.Passages) > 0 && e.Confidence != search.None }

// searchTime is for the search and the reranker together: someone waits.
const (
	searchTime = 10 * time.Second
	rerankTime = 3 * time.Second
)

// check refuses what cannot be asked.
func (q Question) check() error {
	switch text := strings.TrimSpace(q.Text); {
	case text == "":
		return fmt.Errorf("%w: it is empty", ErrQuestion)
	case len(text) > MaxQuestion:
		return fmt.Errorf("%w: it is longer than %d bytes", ErrQuestion, MaxQuestion)
	case q.Budget < 0:
		return fmt.Errorf("%w: a budget of %d tokens", ErrQuestion, q.Budget)
	case q.Depth != "" && q.Depth != Quick && q.Depth != Research:
		return fmt.Errorf("%w: its depth is neither %s nor %s", ErrQuestion, Quick, Research)
	}
	return nil
}

// within are the limits of what is put before the model, for a budget in tokens; 0 is the usual. A quarter is for the answer, a token is
// some 4 bytes, and instructions take 400.
func within(budget int) prompts.Limits {
	l := prompts.Usual()
	if budget > 0 {
		l.Bytes = max(500, min(l.Bytes, (budget*3/4-400)*4))
	}
	return l
}

// Find searches the notes, reads on from what it found, and puts together what the model would read.
func (t Tools) Find(ctx context.Context, q Question) (e Evidence, err error) {
	if err := q.check(); err != nil {
		return e, err
	}
	limits := within(q.Budget)
	found, err := t.find(ctx, q.Text, limits.Passages)
	if errors.Is(err, search.ErrQuery) {
		return e, fmt.Errorf("%w: %w", ErrQuestion, err)
	}
	if err != nil {
		return e, err
	}
	t.readOn(ctx, q.Text, &found)
	limits.Passages += maxReadOn
	return t.evidence(q.Text, found, limits), nil
}

// find searches. What it finds has a confidence.
func (t Tools) find(ctx context.Context, text string, limit int) (search.Answer, error) {
	rerank := t.Rerank
	if rerank.Budget <= 0 || rerank.Budget > rerankTime {
		rerank.Budget = rerankTime
	}
	ctx, cancel := context.WithTimeoutCause(ctx, searchTime, errors.New("the search took too long"))
	defer cancel()
	found, err := t.Search.Search(ctx, search.Query{Text: text, Mode: search.Hybrid, Limit: limit, Passages: true, Rerank: rerank})
	if len(found.Results) > 0 { // of a searcher that judges passages alone
		found.Confidence = cmp.Or(found.Confidence, found.Results[0].Confidence)
	}
	found.Confidence = cmp.Or(found.Confidence, search.None)
	return found, err
}

// evidence is what of the passages may go to the model and fits.
func (t Tools) evidence(question string, found search.Answer, limits prompts.Limits) Evidence {
	e := Evidence{Confidence: found.Confidence, found: found}
	raw := map[string]string{}
	for _, h := range found.Results {
		raw[place(h.ID, h.Lines)] = h.Text
	}
	if t.Release != nil {
		e.Degraded = t.Release(t.Name, &found)
	}
	e.Degraded = append(e.Degraded, found.Degraded...)
	e.Evidence, e.raw = prompts.Select(found, limits), map[int]string{}
	for _, p := range e.Passages {
		e.raw[p.Ref] = cmp.Or(raw[place(p.ID, p.Lines)], p.Text)
	}
	e.Messages = prompts.Messages("ask", prompts.Form{Question: question, Evidence: e.Evidence})
	e.Tokens = t.tokens(e.Messages)
	return e
}

func (t Tools) tokens(ms []llm.Message) (n int) {
	for _, m := range ms {
		n += t.Count(m.Content)
	}
	return n
}

func place(id string, lines [2]int) string { return fmt.Sprintf("%s:%d-%d", id, lines[0], lines[1]) }
