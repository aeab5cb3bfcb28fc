package sonar

import (
	"cmp"
	"context"
	"errors"
	"time"

	"amalfa/search"

	"go.uber.org/zap"
)

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
func (c *chat) retrieve(ctx context.Context, question string) ([]passage, []string) {
	if c.search == nil {
		return nil, []string{"notes: this workspace has no index; run amalfa init"}
	}
	sctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	found, err := c.search.Search(sctx, search.Query{
		Text: clip(question, maxQueryText), Mode: search.Hybrid, Limit: maxPassages, Passages: true, Rerank: c.rerankOptions(),
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return nil, []string{"notes: the search took too long"}
	case err != nil:
		c.log.Warn("Search for passages did not work", zap.Error(err))
		return nil, []string{"notes: " + clip(err.Error(), maxQuote)}
	}
	return selectPassages(found.Results), found.Degraded
}

func (c *chat) rerankOptions() search.Rerank {
	r := c.rerank
	if r.Budget <= 0 || r.Budget > rerankTime {
		r.Budget = rerankTime
	}
	return r
}

// selectPassages takes the best hits that fit, in order; a hit without text has nothing to say.
func selectPassages(hits []search.Hit) []passage {
	var ps []passage
	left := maxContextBytes
	for _, h := range hits {
		text := h.Text
		text = cmp.Or(text, h.Snippet)
		text = sanitize(text, min(maxPassageBytes, left))
		if text == "" || len(ps) == maxPassages {
			continue
		}
		left = max(0, left-len(text))
		ps = append(ps, passage{text: text, Source: Source{
			Ref: len(ps) + 1, ID: h.ID, Title: h.Title, Heading: append([]string{}, h.Heading...), Lines: h.Lines,
		}})
	}
	return ps
}
