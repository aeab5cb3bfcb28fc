package sonar

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"time"

	"amalfa/llm"
	"amalfa/notes"
	"amalfa/search"
	"amalfa/tasks/prompts"

	"go.uber.org/zap"
)

// prompt puts together what the model reads: the instructions, what was said before, the passages, the question.
func prompt(history []llm.Message, found prompts.Evidence, question string) []llm.Message {
	ms := append([]llm.Message{{Role: "system", Content: prompts.System("chat")}}, history...)
	return append(ms, llm.Message{Role: "user", Content: prompts.User("chat", prompts.Form{Question: question, Evidence: found})})
}

// A Source is a passage that was put before the model, never one that the model made up. Lines are 1-based and
// inclusive. Cited says that the answer refers to it by its number, as [Ref].
type Source struct {
	Ref     int      `json:"ref"`
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Heading []string `json:"heading"`
	Lines   [2]int   `json:"lines"`
	Cited   bool     `json:"cited"`
}

var citation = regexp.MustCompile(`\[(\d{1,2})\]`)

// sources lists the passages with those marked that the answer refers to; other numbers in it mean nothing.
func sources(ps []prompts.Passage, answer string) []Source {
	cited := map[int]bool{}
	for _, m := range citation.FindAllStringSubmatch(answer, -1) {
		n, _ := strconv.Atoi(m[1]) // two digits
		cited[n] = true
	}
	list := make([]Source, 0, len(ps))
	for _, p := range ps {
		list = append(list, Source{p.Ref, p.ID, p.Title, p.Heading, p.Lines, cited[p.Ref]})
	}
	return list
}

// A Searcher finds passages of the notes. *search.Searcher is one.
type Searcher interface {
	Search(ctx context.Context, q search.Query) (search.Answer, error)
}

const (
	searchTime   = 10 * time.Second
	rerankTime   = 3 * time.Second // of it, at most: someone waits for the answer, and the search must not fail over it
	maxQueryText = 8 << 10         // search's own limit
)

// retrieve finds the passages for a question. Notes that cannot be searched do not cost the user the answer: the second
// result then says what is missing.
func (c *chat) retrieve(ctx context.Context, q Question) (prompts.Evidence, []string) {
	var none prompts.Evidence
	if c.search == nil {
		return none, []string{"notes: " + noIndex}
	}
	sctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	found, err := c.search.Search(sctx, search.Query{
		Text: notes.Clip(q.Message, maxQueryText), Mode: search.Hybrid, Limit: prompts.Usual().Passages, Passages: true, Rerank: c.rerankOptions(),
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return none, []string{"notes: the search took too long"}
	case err != nil:
		c.log.Warn("Search for passages did not work", zap.Error(err))
		return none, []string{"notes: " + notes.Clip(err.Error(), llm.MaxQuote)}
	}
	held := Release(c.consent, q.Model, &found)
	return prompts.Select(found, prompts.Usual()), append(held, found.Degraded...)
}

func (c *chat) rerankOptions() search.Rerank {
	r := c.rerank
	if r.Budget <= 0 || r.Budget > rerankTime {
		r.Budget = rerankTime
	}
	return r
}
