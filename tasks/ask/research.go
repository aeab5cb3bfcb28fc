package ask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"amalfa/llm"
	"amalfa/search"
	"amalfa/tasks/prompts"
)

// Bounds of research.
const (
	researchSteps    = 5 // decisions of the model; the earlier system's
	researchPassages = 12
	passagesAStep    = 5
	researchTime     = 2 * time.Minute // for the steps; the answer has its own time
	decisionTokens   = 256             // of one decision
	maxDecisionQuery = 1 << 10         // bytes
)

// A decision is what the model wants to know next. What it names are numbers of passages that it was shown: no path of its own.
type decision struct {
	Action  string `json:"action"`
	Query   string `json:"query"`
	Passage int    `json:"passage"`
}

const decisionSchema = `{"type":"object","properties":{"action":{"type":"string","enum":["search","read","explore","finish"]},"query":{"type":"string"},` +
	`"passage":{"type":"integer"}},"required":["action","query","passage"],"additionalProperties":false}`

// A researcher searches, reads and follows links until the model has enough, or its steps, time or tokens are used up.
type researcher struct {
	tools    Tools
	question Question
	found    search.Answer // so far
	queries  []string
	steps    []string // what was done, a line each
	degraded []string
	model    *bounded
}

// research gathers evidence in steps. What goes wrong ends the steps, not the answer.
func (t Tools) research(ctx context.Context, q Question, e Evidence) *researcher {
	r := &researcher{tools: t, question: q, found: e.found, queries: []string{q.Text}, model: newBounded(t.Model, q.Budget, t.Count)}
	r.tools.Model = r.model
	r.note("searched for %q: %d passages", q.Text, len(r.found.Results))
	ctx, cancel := context.WithTimeoutCause(ctx, researchTime, errors.New("the time for research is over"))
	defer cancel()
	for range researchSteps {
		d, err := r.decide(ctx)
		if err != nil {
			r.degraded = append(r.degraded, "research: "+cmpCause(ctx, err).Error())
			break
		}
		if d.Action == "finish" {
			break
		}
		if err := r.follow(ctx, d); err != nil {
			r.degraded = append(r.degraded, "research: "+cmpCause(ctx, err).Error())
			break
		}
	}
	return r
}

// cmpCause is why ctx ended where that is why err came.
func cmpCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (r *researcher) note(format string, args ...any) {
	r.steps = append(r.steps, prompts.Line(fmt.Sprintf(format, args...)))
}

// shown is what the model reads to decide, from a third of what is left.
func (r *researcher) shown() Evidence {
	limits := within(r.model.left() / 3)
	limits.Passages = researchPassages
	return r.tools.evidence(r.question.Text, r.found, limits)
}

// decide asks what to do next.
func (r *researcher) decide(ctx context.Context) (d decision, err error) {
	e := r.shown()
	said := make([]string, len(r.steps))
	for i, s := range r.steps {
		said[i] = prompts.Sanitize(s, 300)
	}
	ms := prompts.Messages("research", prompts.Form{Question: r.question.Text, Evidence: e.Evidence, Said: said})
	if limit := r.model.limit; limit > 0 && 2*(r.tools.tokens(ms)+decisionTokens) > r.model.left() {
		return d, errors.New("the tokens left are for the answer")
	}
	zero := 0.1 // as the earlier system asked
	d, _, err = llm.JSON(ctx, r.model, llm.Request{Model: r.tools.Name, Messages: ms, Context: prompts.Window(ms, r.tools.Count), MaxTokens: decisionTokens,
		Temperature: &zero, Schema: &llm.Schema{Name: "research", JSON: json.RawMessage(decisionSchema)}}, r.check(e))
	if err == nil && d.Passage > 0 && d.Action != "search" {
		d.Passage = r.at(e.Passages[d.Passage-1])
	}
	return d, err
}

// at is where a passage stands in what was found: the model sees those that may leave this machine, under numbers of their own.
func (r *researcher) at(p prompts.Passage) int {
	return slices.IndexFunc(r.found.Results, func(h search.Hit) bool { return h.ID == p.ID && h.Lines == p.Lines })
}

// check refuses a decision that leads nowhere.
func (r *researcher) check(e Evidence) func(decision) error {
	return func(d decision) error {
		switch d.Action {
		case "finish":
			return nil
		case "search":
			return r.checkQuery(d.Query)
		case "read", "explore":
			if d.Passage < 1 || d.Passage > len(e.Passages) {
				return fmt.Errorf("there is no passage %d", d.Passage)
			}
			return nil
		}
		return errors.New("action is none of search, read, explore and finish")
	}
}

func (r *researcher) checkQuery(query string) error {
	switch query = strings.TrimSpace(query); {
	case query == "":
		return errors.New("query is empty")
	case len(query) > maxDecisionQuery:
		return fmt.Errorf("query is longer than %d bytes", maxDecisionQuery)
	case slices.ContainsFunc(r.queries, func(q string) bool { return strings.EqualFold(strings.TrimSpace(q), query) }):
		return errors.New("that was searched for already")
	}
	return nil
}
