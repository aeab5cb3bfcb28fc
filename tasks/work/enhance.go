package work

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"strings"

	"amalfa/edit"
	"amalfa/llm"
	"amalfa/notes"
	"amalfa/store"
	"amalfa/tasks/ember"
	"amalfa/tasks/prompts"
	"amalfa/tasks/queue"
	"amalfa/tasks/terms"
)

const enhanceLimit = 10 // notes; the earlier system's

// enhanceBatch says of notes without a summary what they are about, those that changed last first.
func (r *run) enhanceBatch(ctx context.Context) error {
	all, err := r.Store.List(ctx, "", "", 0)
	if err != nil {
		return err
	}
	words, err := ember.NewDescriber(ctx, r.Store, r.Visible)
	if err != nil {
		return err
	}
	newestFirst(all)
	done, left := 0, 0
	for _, n := range all {
		data, err := r.Read(n.ID)
		if err != nil || !notes.IsMarkdown(n.ID) || described(data) {
			continue // it went meanwhile, is no note of prose, or has what this is about
		}
		if done == limitOf(r.task, cmp.Or(r.Batch, enhanceLimit)) {
			left++
			continue
		}
		done++
		if err := r.enhance(ctx, words, n.ID, data); err != nil {
			return err
		}
	}
	r.line("\n%d notes were looked at; %d more have no summary.", done, left)
	return nil
}

func described(note []byte) bool {
	head, err := notes.ReadHead(note)
	return err == nil && head.Description() != ""
}

func (r *run) enhance(ctx context.Context, words *ember.Describer, id string, data []byte) error {
	said, err := words.Describe(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil // it was deleted just now
	}
	if err != nil {
		return err
	}
	p, ok, err := Beginning(ctx, r.Store, id, 2*maxShown)
	if err != nil || !ok {
		return err
	}
	if e := r.release(p); len(e.Passages) > 0 {
		better, ok, err := thinkWithin(ctx, r, r.NoteLimit, "enhance", func(ctx context.Context) (ember.Description, llm.Usage, error) {
			return ember.AskDescription(ctx, r.Asker, r.Model, e, r.Count)
		})
		if err != nil {
			return err
		}
		if ok {
			said = better
		}
	}
	r.line("### %s\n\n%s\n\nKeywords: %s\n", plain(id), plain(said.Summary), plain(strings.Join(said.Keywords, ", ")))
	r.describe(id, data, said)
	return nil
}

// describe has a note say in its front matter what it lacks of a description.
func (r *run) describe(id string, before []byte, said ember.Description) {
	head, err := notes.ReadHead(before)
	if err != nil {
		r.skip(id, err)
		return
	}
	after, err := ember.Apply(before, said.Changes(head), nil)
	if err != nil {
		r.skip(id, err)
		return
	}
	if !bytes.Equal(before, after) {
		r.changes = append(r.changes, edit.FileChange{From: id, To: id, Before: before, After: after})
	}
}

// firstSentence is the first whole sentence of a text as a reader sees it.
func firstSentence(text string) string {
	for _, s := range terms.Sentences(text) {
		if terms.Ended(s) && !strings.ContainsAny(s[:1], "#>|-*+`~<!{") {
			return prompts.Line(notes.Clip(s, maxSentence))
		}
	}
	return ""
}

const maxSentence = 600 // bytes

// limitOf is how much a task may work on.
func limitOf(t queue.Task, usual int) int {
	if t.Limit > 0 {
		return t.Limit
	}
	return usual
}
