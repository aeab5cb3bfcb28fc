package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/tasks/ask"
	"amalfa/tasks/prompts"
)

// research has the question answered as `ask --depth research` does. The report is its trace; without a model it is what was found.
func (r *run) research(ctx context.Context) error {
	if r.Answers.Search == nil {
		return errors.New("there is no index to search")
	}
	r.line("**Question:** %s\n", plain(r.task.Query))
	q := ask.Question{Text: r.task.Query, Depth: ask.Research}
	tools := r.Answers
	tools.Model, tools.Name = r.Asker, r.Model
	if r.Asker == nil { // nothing leaves this machine
		tools.Release = nil
	}
	found, err := tools.Find(ctx, q)
	if err != nil {
		return err
	}
	if r.Asker == nil {
		r.listed(found)
		return nil
	}
	a, err := tools.Answer(ctx, q, found, ask.Events{})
	r.asked, r.usage, r.degraded = r.asked+a.Requests, r.usage.Add(a.Usage), append(r.degraded, a.Degraded...)
	if err != nil {
		return err
	}
	r.line("%s", a.Report())
	return nil
}

// listed shows what a model would have been given.
func (r *run) listed(found ask.Evidence) {
	r.degraded = append(r.degraded, found.Degraded...)
	if r.Why != nil {
		r.degraded = append(r.degraded, "no model: "+r.Why.Error())
	}
	r.line("## Passages\n")
	for _, p := range found.Passages {
		r.line("- %s: %s", place(p.ID, p.Lines), plain(firstOf(prompts.Unescape(p.Text))))
	}
}

func place(id string, lines [2]int) string {
	return fmt.Sprintf("%s:%d-%d", plain(id), lines[0], lines[1])
}

func firstOf(text string) string { return cmp.Or(firstSentence(text), strings.TrimSpace(text)) }

// chat answers a message over the notes; without a model it says what the notes have.
func (r *run) chat(ctx context.Context) error {
	r.line("**Message:** %s\n", plain(r.task.Message))
	if r.Asker == nil || r.Chat == nil {
		r.task.Query = r.task.Message
		return r.research(ctx)
	}
	a, err := r.Chat(ctx, r.task)
	if err != nil {
		return err
	}
	r.asked++
	r.degraded = append(r.degraded, a.Degraded...)
	r.line("%s\n", strings.ReplaceAll(prompts.Visible(a.Text), "<", "&lt;"))
	for _, s := range a.Sources {
		r.line("- %s", plain(s))
	}
	return nil
}
