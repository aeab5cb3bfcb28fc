package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/search"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
)

const (
	researchSteps    = 5 // requests; the earlier system's
	researchPassages = 12
	passagesAStep    = 5
)

type step struct {
	Action    string     `json:"action"`
	Query     string     `json:"query"`
	Sentences []sentence `json:"sentences"`
}

type sentence struct {
	Text     string `json:"text"`
	Passages []int  `json:"passages"`
}

// checkStep refuses a step that leads nowhere, and sentences that rest on no passage that was shown.
func checkStep(shown int, last bool) func(step) error {
	return func(s step) error {
		switch {
		case s.Action == "search" && last:
			return errors.New("this was the last search: finish now")
		case s.Action == "search":
			return oneLine("query", s.Query, 1<<10)
		case s.Action != "finish":
			return errors.New("action is neither search nor finish")
		}
		for _, sentence := range s.Sentences {
			if err := oneLine("a sentence", sentence.Text, 2<<10); err != nil {
				return err
			}
			if len(sentence.Passages) == 0 {
				return errors.New("a sentence names no passage")
			}
			for _, n := range sentence.Passages {
				if n < 1 || n > shown {
					return fmt.Errorf("there is no passage %d", n)
				}
			}
		}
		return nil
	}
}

// research searches, reads and searches again until the question is answered or its steps are used up. The report is its trace.
func (r *run) research(ctx context.Context) error {
	if r.Search == nil {
		return errors.New("there is no index to search")
	}
	r.line("**Question:** %s\n\n## Steps\n", plain(r.task.Query))
	var found []consent.Passage
	said, query, seen := []string{}, r.task.Query, map[string]bool{}
	for n := 1; ; n++ {
		added, err := r.find(ctx, query, seen, &found)
		if err != nil {
			return err
		}
		r.line("%d. searched for %q: %d new passages", n, plain(query), added)
		said = append(said, prompts.Sanitize(query, 200))
		e := r.release(found...)
		if len(e.Passages) == 0 {
			r.line("\n## Answer\n\nThe notes do not say.")
			return nil
		}
		s, ok, err := think(ctx, r, "research", prompts.Form{Question: r.task.Query, Evidence: e, Said: said}, checkStep(len(e.Passages), n == researchSteps))
		if err != nil {
			return err
		}
		if !ok {
			r.line("\n## Passages\n")
			for _, p := range found {
				r.line("- %s: %s", place(p.ID, p.Lines), plain(firstOf(p.Text)))
			}
			return nil
		}
		if s.Action == "finish" {
			r.line("%d. answered from %d passages", n+1, len(e.Passages))
			r.answer(s, e)
			return nil
		}
		query = s.Query
	}
}

func (r *run) answer(s step, e prompts.Evidence) {
	r.line("\n## Answer\n")
	if len(s.Sentences) == 0 {
		r.line("The notes do not say.")
	}
	for _, sentence := range s.Sentences {
		var where []string
		for _, n := range sentence.Passages {
			where = append(where, place(e.Passages[n-1].ID, e.Passages[n-1].Lines))
		}
		r.line("- %s (%s)", plain(sentence.Text), strings.Join(where, ", "))
	}
}

// find adds the best passages for a query that are not there yet.
func (r *run) find(ctx context.Context, query string, seen map[string]bool, found *[]consent.Passage) (added int, err error) {
	ans, err := r.Search(ctx, search.Query{Text: query, Plain: true, Limit: passagesAStep, Passages: true})
	if err != nil {
		return 0, err
	}
	r.degraded = append(r.degraded, ans.Degraded...)
	for _, h := range ans.Results {
		at := place(h.ID, h.Lines)
		if seen[at] || len(*found) == researchPassages {
			continue
		}
		seen[at] = true
		added++
		*found = append(*found, consent.Passage{ID: h.ID, Lines: h.Lines, Text: cmp.Or(h.Text, h.Snippet)})
	}
	return added, nil
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
