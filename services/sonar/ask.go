package sonar

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"amalfa/llm"
	"amalfa/search"
	"amalfa/services"
	"amalfa/tasks/ask"
)

// An AskQuestion is the body of POST /ask. Depth is "quick" or "research", "" for quick; BudgetTokens bounds all that is read and
// written, 0 is the usual.
type AskQuestion struct {
	Question     string `json:"question"`
	Depth        string `json:"depth,omitempty"`
	Model        string `json:"model,omitempty"`
	BudgetTokens int    `json:"budget_tokens,omitempty"`
	Stream       bool   `json:"stream,omitempty"`
}

// An AskAnswer is the reply of POST /ask, and the value of the event "done". Trace is the report of a research, null without.
type AskAnswer struct {
	Question   string        `json:"question"`
	Answer     []AskSentence `json:"answer"`
	Confidence string        `json:"confidence"`
	Sources    []ask.Source  `json:"sources"`
	Usage      AskUsage      `json:"usage"`
	Trace      *string       `json:"trace"`
	Model      string        `json:"model"`
	Degraded   []string      `json:"degraded"`
}

// An AskSentence is a sentence of an answer. Its citations are passages that were put before the model.
type AskSentence struct {
	Sentence  string         `json:"sentence"`
	Citations []ask.Citation `json:"citations"`
	Supported bool           `json:"supported"`
}

// An AskUsage counts tokens, as the provider says them.
type AskUsage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
}

// An askEvent is one of a stream: it has one of its members.
type askEvent struct {
	Source   *ask.Source                           `json:"source,omitempty"`
	Sentence *AskSentence                          `json:"sentence,omitempty"`
	Done     *AskAnswer                            `json:"done,omitempty"`
	Error    *struct{ Kind, Message, Hint string } `json:"error,omitempty"`
}

// serveAsk answers POST /ask. A model is looked for only where the notes hold an answer.
func (c *chat) serveAsk(w http.ResponseWriter, r *http.Request) {
	var q AskQuestion
	if err := services.ReadJSON(r, &q); err != nil {
		services.WriteError(w, err)
		return
	}
	out := &eventWriter{w: w}
	answer, err := c.answerAsk(r.Context(), q, out)
	switch {
	case err != nil && out.started:
		_ = out.send(errorBody(err)) // the client has gone: nobody is left to tell
	case err != nil:
		services.WriteError(w, err)
	case q.Stream:
		_ = out.send(askEvent{Done: &answer})
	default:
		services.WriteJSON(w, http.StatusOK, answer)
	}
}

func (c *chat) answerAsk(ctx context.Context, q AskQuestion, out *eventWriter) (none AskAnswer, err error) {
	switch {
	case q.Model != "" && !llm.ValidModel(q.Model):
		return none, badRequest("model is not the name of a model")
	case len(q.Question) > maxQueryText:
		return none, tooLarge("question is larger than 8 KiB")
	case c.search == nil:
		return none, unavailable("no_index", "there is no index", "run amalfa init")
	}
	tools := c.tools()
	tools.Model, tools.Name = c.ask, cmp.Or(q.Model, c.monitor.status().model)
	question := ask.Question{Text: q.Question, Budget: q.BudgetTokens, Depth: q.Depth}
	found, err := tools.Find(ctx, question)
	if errors.Is(err, ask.ErrQuestion) {
		return none, badRequest("%s", err)
	}
	if err != nil {
		return none, indexError(err)
	}
	if found.Answers() {
		provider, err := c.monitor.require(ctx)
		if err != nil {
			return none, err
		}
		tools.Name = cmp.Or(q.Model, provider.model)
	}
	var events ask.Events
	if q.Stream {
		events.Source = func(s ask.Source) error { return out.send(askEvent{Source: &s}) }
		events.Sentence = func(s ask.Sentence) error {
			return out.send(askEvent{Sentence: &AskSentence{s.Text, s.Citations, s.Supported}})
		}
	}
	a, err := tools.Answer(ctx, question, found, events)
	if errors.Is(err, ask.ErrBudget) {
		return none, badRequest("%s: the instructions, a passage and a sentence take some 700", err)
	}
	if err != nil {
		return none, c.monitor.serviceError(err)
	}
	return newAskAnswer(a), nil
}

// tools are what an answer is made with, but for the model.
func (c *chat) tools() ask.Tools {
	return ask.Tools{Search: c.search, Rerank: c.rerank, Index: c.index, Trace: c.trace, Score: c.score, Count: c.count,
		Release: func(model string, found *search.Answer) []string { return Release(c.consent, model, found) }}
}

// Answers are what a research is done with, but for the model. Its report goes to the one who asks.
func (t *Thinker) Answers() ask.Tools {
	tools := t.chat.tools()
	tools.Trace = nil
	return tools
}

func newAskAnswer(a ask.Answer) AskAnswer {
	reply := AskAnswer{Question: a.Question, Answer: []AskSentence{}, Confidence: a.Confidence, Sources: a.Sources, Usage: AskUsage{a.Usage.Prompt, a.Usage.Completion},
		Model: a.Model, Degraded: append([]string{}, a.Degraded...)}
	for _, s := range a.Sentences {
		reply.Answer = append(reply.Answer, AskSentence{s.Text, s.Citations, s.Supported})
	}
	if a.Trace != "" {
		reply.Trace = &a.Trace
	}
	return reply
}

// Ask has a question answered from the notes, and hands on each sentence as it comes. Errors of the service are *services.Error.
func (c *Client) Ask(ctx context.Context, q AskQuestion, onSentence func(AskSentence) error) (a AskAnswer, err error) {
	q.Stream = true
	resp, err := c.caller.Open(ctx, http.MethodPost, "/ask", q)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	events := llm.NewEventReader(http.MaxBytesReader(nil, resp.Body, maxReply), maxReply, func() {})
	for {
		data, err := events.Next()
		if err != nil {
			return a, fmt.Errorf("%w: %w", errTruncated, err)
		}
		var e askEvent
		if err := json.Unmarshal(data, &e); err != nil {
			return a, fmt.Errorf("read answer of sonar: %w", err)
		}
		switch {
		case e.Error != nil:
			return a, &services.Error{Kind: e.Error.Kind, Message: e.Error.Message, Advice: e.Error.Hint}
		case e.Done != nil:
			return *e.Done, nil
		case e.Sentence != nil:
			if err := onSentence(*e.Sentence); err != nil {
				return a, err
			}
		}
	}
}
