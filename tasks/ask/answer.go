package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"amalfa/llm"
	"amalfa/tasks/prompts"
)

const (
	maxAnswer   = 64 << 10 // bytes of an answer: one that is longer is cut
	leastAnswer = 64       // tokens for which it is worth to ask
)

var errTooLong = errors.New("answer too long")

// Answer asks the model with the evidence of [Tools.Find], and where the question wants research with what that gathers.
func (t Tools) Answer(ctx context.Context, q Question, e Evidence, ev Events) (Answer, error) {
	if !e.Answers() {
		return t.nothing(q, e, ev)
	}
	if q.Depth != Research {
		t.Model = newBounded(t.Model, q.Budget, t.Count)
		return t.answer(ctx, q, e, ev)
	}
	r := t.research(ctx, q, e)
	if ctx.Err() != nil {
		return Answer{}, context.Cause(ctx)
	}
	limits := within(r.model.left())
	limits.Passages = researchPassages
	e = r.tools.evidence(q.Text, r.found, limits)
	a, err := r.tools.answer(ctx, q, e, ev)
	a.Steps, a.Degraded = append(r.steps, fmt.Sprintf("answered from %d passages", len(e.Passages))), append(a.Degraded, r.degraded...)
	if err == nil {
		t.trace(&a)
	}
	return a, err
}

// nothing is the answer where the notes hold none. No model is asked.
func (t Tools) nothing(q Question, e Evidence, ev Events) (Answer, error) {
	a := newAnswer(q, e)
	a.Model, a.Sentences = t.Name, append(a.Sentences, Sentence{Text: NotInNotes, Citations: []Citation{}, Supported: true})
	return a, ev.sentence(a.Sentences[0])
}

func newAnswer(q Question, e Evidence) Answer {
	return Answer{Question: q.Text, Sentences: []Sentence{}, Confidence: e.Confidence, Sources: []Source{}, Degraded: e.Degraded}
}

// answer asks the model once, which is a bounded one.
func (t Tools) answer(ctx context.Context, q Question, e Evidence, ev Events) (Answer, error) {
	a := newAnswer(q, e)
	c := &checker{tools: t, answer: &a, events: ev}
	if err := c.show(e); err != nil {
		return a, err
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for _, s := range c.sources {
			s.units()
		}
	})
	defer reading.Wait()
	reply, err := t.say(ctx, e, &splitter{emit: func(s string) error { return c.take(ctx, s) }})
	if errors.Is(err, errTooLong) {
		a.Degraded, err = append(a.Degraded, fmt.Sprintf("answer: it was longer than %d KiB and was cut", maxAnswer>>10)), nil
	}
	a.Model = cmp.Or(reply.Model, t.Name)
	if b, ok := t.Model.(*bounded); ok {
		a.Usage, a.Requests = b.used, b.requests
	}
	a.Degraded = append(a.Degraded, notices(reply, a)...)
	return a, err
}

// say has the model answer, and cuts what it says.
func (t Tools) say(ctx context.Context, e Evidence, cut *splitter) (llm.Reply, error) {
	size := 0
	r := llm.Request{Model: t.Name, Messages: e.Messages, Context: prompts.Window(e.Messages, t.Count)}
	reply, err := t.Model.Chat(ctx, r, func(piece string) error {
		if size += len(piece); size > maxAnswer {
			return errTooLong
		}
		return cut.write(piece)
	})
	if err != nil && !errors.Is(err, errTooLong) {
		return reply, err
	}
	return reply, errors.Join(err, cut.end())
}

// notices say what an answer lacks.
func notices(reply llm.Reply, a Answer) (all []string) {
	if reply.Finish == "length" {
		all = append(all, "answer: the model stopped at its length limit")
	}
	if len(a.Sentences) == 0 {
		all = append(all, "answer: the model said nothing")
	}
	return all
}

// show tells of each passage that it is put before the model.
func (c *checker) show(e Evidence) error {
	for _, p := range e.Passages {
		c.sources = append(c.sources, newSource(p, e.raw[p.Ref]))
		s := Source{Path: p.ID, Lines: p.Lines, Title: p.Title, Heading: p.Heading}
		c.answer.Sources = append(c.answer.Sources, s)
		if err := c.events.source(s); err != nil {
			return err
		}
	}
	return nil
}
