// Package work does the tasks over the notes: each type is a function from a task to what came of it. Nothing here writes: changes of
// notes come back as such. What a model answers is data: a number counts if it is that of a passage that the model was shown, a quote
// if it stands in the note, a day if the calendar has it.
package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"amalfa/edit"
	"amalfa/llm"
	"amalfa/store"
	"amalfa/tasks/ask"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
	"amalfa/tasks/queue"
)

// Tools are what a task works with. Store is required.
type Tools struct {
	Store store.Store
	Asker llm.Asker // nil: none may be asked, for the reason Why
	Why   error
	Model string
	Where string // of the model, for the report: "ollama at 127.0.0.1:11434, on this machine"
	// Release leaves of passages what may go to the model.
	Release  func(model string, passages []consent.Passage) ([]consent.Passage, []consent.Held)
	Answers  ask.Tools // of research; its model is Asker
	Editable func(context.Context) (ws *edit.Workspace, done func(), err error)
	Read     func(id string) ([]byte, error) // a note as it is now
	Has      func(id string) bool            // whether a file is there
	// Chat answers a message over the notes.
	Chat      func(ctx context.Context, t queue.Task) (ChatAnswer, error)
	Above     string // where the workspace lies below the top of its repository
	SuperNode int
	Count     func(string) int         // tokens of a text
	Visible   func(store.Chunk) string // a passage as a reader sees it
	Batch     int                      // notes of an enhance_batch that does not say how many
	NoteLimit time.Duration            // of the model's description of one note; 0 for none
}

// A ChatAnswer is what came of a message.
type ChatAnswer struct {
	Text     string
	Sources  []string // path:first-last
	Degraded []string
}

// A run is one task at work.
type run struct {
	Tools
	task     queue.Task
	usage    llm.Usage
	asked    int
	held     []consent.Held
	degraded []string
	body     strings.Builder
	changes  []edit.FileChange
}

// Do does a task.
func Do(ctx context.Context, tools Tools, t queue.Task) (queue.Outcome, error) {
	r := &run{Tools: tools, task: t}
	do := map[string]func(*run, context.Context) error{
		queue.Synthesis: (*run).synthesis, queue.Timeline: (*run).timeline, queue.EnhanceBatch: (*run).enhanceBatch,
		queue.Garden: (*run).garden, queue.Research: (*run).research, queue.Chat: (*run).chat,
	}[t.Type]
	if do == nil {
		return queue.Outcome{}, fmt.Errorf("%w: unknown type %q", queue.ErrTask, t.Type)
	}
	err := do(r, ctx)
	return r.outcome(), err
}

func (r *run) outcome() queue.Outcome {
	r.dropStale()
	if len(r.held) > 0 {
		r.degraded = append(r.degraded, "held back on this machine: "+strings.Join(heldNames(r.held), "; "))
	}
	if len(r.degraded) > 0 {
		slices.Sort(r.degraded)
		r.line("\n## What it did without\n")
		for _, d := range slices.Compact(r.degraded) {
			r.line("- %s", plain(d))
		}
	}
	return queue.Outcome{Routing: r.routing(), Body: r.body.String(), Changes: r.changes, Patch: string(edit.Diff(r.Above, r.changes))}
}

func heldNames(held []consent.Held) (names []string) {
	for _, h := range held {
		names = append(names, h.String())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// routing says who was asked and what that took.
func (r *run) routing() string {
	switch {
	case r.asked > 0:
		s := fmt.Sprintf("%s by %s; %d requests, %d + %d tokens", cmp.Or(r.Model, "the usual model"), r.Where, r.asked, r.usage.Prompt, r.usage.Completion)
		if r.usage.Cost > 0 {
			s += fmt.Sprintf(", $%.4f", r.usage.Cost)
		}
		return s
	case r.Why != nil:
		return "no model was asked: " + r.Why.Error()
	}
	return "no model was asked: it was not needed"
}

func (r *run) line(format string, args ...any) { fmt.Fprintf(&r.body, format+"\n", args...) }

// plain keeps what a note or a model says within its line of Markdown.
func plain(s string) string {
	s = prompts.Line(s)
	return strings.NewReplacer("<", "&lt;", "[", "\\[", "`", "'").Replace(s)
}

// think asks the model for an answer of a form. Without a model, or with an answer that cannot be used, ok is false, and what the task
// does without is noted. The error is ctx's.
func think[T any](ctx context.Context, r *run, prompt string, form prompts.Form, check func(T) error) (v T, ok bool, err error) {
	return thinkWithin(ctx, r, 0, prompt, func(ctx context.Context) (T, llm.Usage, error) {
		return prompts.Ask(ctx, r.Asker, r.Model, prompt, form, r.Count, check)
	})
}

// errSlow reports a model that did not answer in the time that one note has.
var errSlow = errors.New("the model took too long")

// thinkWithin is think with a limit, 0 for none: what takes longer is done without, and the next is asked again.
func thinkWithin[T any](ctx context.Context, r *run, limit time.Duration, prompt string, ask func(context.Context) (T, llm.Usage, error)) (v T, ok bool, err error) {
	if r.Asker == nil {
		if r.Why != nil {
			r.degraded = append(r.degraded, "no model: "+r.Why.Error())
		}
		return v, false, nil
	}
	within, end := ctx, func() {}
	if limit > 0 {
		within, end = context.WithTimeoutCause(ctx, limit, errSlow)
	}
	defer end()
	v, usage, err := ask(within)
	r.asked++
	r.usage = r.usage.Add(usage)
	switch {
	case err == nil:
		return v, true, nil
	case ctx.Err() != nil:
		return v, false, context.Cause(ctx)
	case within.Err() != nil:
		r.degraded = append(r.degraded, fmt.Sprintf("%s: %v: more than %s", prompt, errSlow, limit))
		return v, false, nil
	case errors.Is(err, llm.ErrUnusable):
		r.degraded = append(r.degraded, prompt+": "+err.Error())
		return v, false, nil
	}
	r.Asker, r.Why = nil, err // the rest is done without
	r.degraded = append(r.degraded, "the model failed: "+err.Error())
	return v, false, nil
}

// release leaves of passages what may go to the model, quoted as evidence.
func (r *run) release(passages ...consent.Passage) prompts.Evidence {
	if r.Asker != nil && r.Release != nil {
		var held []consent.Held
		passages, held = r.Release(r.Model, passages)
		r.held = append(r.held, held...)
	}
	return Quoted(passages, maxShown)
}

// maxShown bounds what is shown of one note, in bytes; the earlier system showed 1,500 of each of two.
const maxShown = 4 << 10

// Quoted are passages as a model gets to see them, numbered from 1.
func Quoted(passages []consent.Passage, limit int) (e prompts.Evidence) {
	for _, p := range passages {
		if text := prompts.Sanitize(p.Text, limit); text != "" {
			e.Passages = append(e.Passages, prompts.Passage{Ref: len(e.Passages) + 1, ID: p.ID, Lines: p.Lines, Text: text})
		}
	}
	return e
}

// Beginning is the first part of a note, as the index has it; ok is false where there is none.
func Beginning(ctx context.Context, st store.Store, id string, limit int) (p consent.Passage, ok bool, err error) {
	chunks, err := st.Chunks(ctx, id)
	if err != nil || len(chunks) == 0 {
		return p, false, err
	}
	p = consent.Passage{ID: id, Lines: [2]int{max(1, chunks[0].FirstLine), max(1, chunks[0].LastLine)}}
	for _, c := range chunks {
		if len(p.Text) > limit {
			break
		}
		p.Text += c.Text + "\n"
		p.Lines[1] = max(p.Lines[1], c.LastLine)
	}
	return p, true, nil
}
