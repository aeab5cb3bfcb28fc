package rerank

import (
	"context"
	"fmt"
	"time"

	"amalfa/inference"
	"amalfa/onnx"
)

// A hearing is one request on its way through the model: its documents, each
// different text once.
type hearing struct {
	*reader
	texts     []string // the most promising first
	of        []int    // text of each document of the request
	documents []document
	scores    [][]float64 // by text and pair
	judged    [][]bool
}

// judge fills the scores of a.
func (e *Engine) judge(ctx context.Context, l *loaded, r Request, until time.Time, a *Answer) error {
	p, err := l.reader(r)
	if err != nil {
		return err
	}
	h := newHearing(p, r, a.Order)
	if until.IsZero() {
		err = h.all(ctx, e.queue)
	} else {
		err = h.best(ctx, e.queue, until)
	}
	if err != nil {
		return err
	}
	for i, text := range h.of {
		a.Scores[i] = h.score(text)
		if a.Scores[i].Judged {
			a.Judged++
		}
	}
	return nil
}

func newHearing(p *reader, r Request, order []int) *hearing {
	h := &hearing{reader: p, of: make([]int, len(r.Documents))}
	known := map[string]int{}
	for _, i := range order {
		text, ok := known[r.Documents[i]]
		if !ok {
			text = len(h.texts)
			known[r.Documents[i]] = text
			h.texts = append(h.texts, r.Documents[i])
		}
		h.of[i] = text
	}
	n := len(h.texts)
	h.documents, h.scores, h.judged = make([]document, n), make([][]float64, n), make([][]bool, n)
	return h
}

// A place is one pair of one text.
type place struct{ text, pair int }

// all scores every pair, the longest first.
func (h *hearing) all(ctx context.Context, q *inference.Queue) error {
	var places []place
	for text := range h.texts {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := h.prepare(text); err != nil {
			return err
		}
		for pair := range h.documents[text].pairs {
			places = append(places, place{text, pair})
		}
	}
	length := func(i int) int { return len(h.at(places[i]).IDs) }
	return q.Do(ctx, &inference.Batch{
		Order: inference.LongestFirst(len(places), length),
		Run:   func(i int) error { return h.run(places[i]) },
	})
}

// best scores the texts in their order until the time is over: the first pair
// of each, then what long ones have besides. Tokenizing is part of the run.
func (h *hearing) best(ctx context.Context, q *inference.Queue, until time.Time) error {
	err := q.Do(ctx, &inference.Batch{Order: inference.UpTo(len(h.texts)), Until: until, Run: func(text int) error {
		if err := h.prepare(text); err != nil {
			return err
		}
		return h.run(place{text, 0})
	}})
	if err != nil {
		return err
	}
	var rest []place
	for text, d := range h.documents {
		for pair := 1; pair < len(d.pairs); pair++ {
			rest = append(rest, place{text, pair})
		}
	}
	return q.Do(ctx, &inference.Batch{Order: inference.UpTo(len(rest)), Until: until, Run: func(i int) error { return h.run(rest[i]) }})
}

func (h *hearing) prepare(text int) error {
	d, err := h.read(h.texts[text])
	if err != nil {
		return fmt.Errorf("document %d: %w", h.first(text), err)
	}
	h.documents[text], h.scores[text], h.judged[text] = d, make([]float64, len(d.pairs)), make([]bool, len(d.pairs))
	return nil
}

// first is the index in the request of a text.
func (h *hearing) first(text int) int {
	for i, t := range h.of {
		if t == text {
			return i
		}
	}
	return -1
}

func (h *hearing) at(p place) onnx.Tokens { return h.documents[p.text].pairs[p.pair] }

func (h *hearing) run(p place) error {
	score, err := h.loaded.score(h.at(p))
	h.scores[p.text][p.pair], h.judged[p.text][p.pair] = score, err == nil
	return err
}

// score is the best of a text's pairs.
func (h *hearing) score(text int) Score {
	d := h.documents[text]
	s := Score{Truncated: d.truncated}
	for i, judged := range h.judged[text] {
		if !judged {
			s.Truncated = true
			continue
		}
		s.Tokens += len(d.pairs[i].IDs)
		if s.Judged && h.scores[text][i] <= s.Raw {
			continue
		}
		s.Judged, s.Raw = true, h.scores[text][i]
		if d.parts != nil {
			s.Part = &d.parts[i]
		}
	}
	if s.Judged {
		s.Value = onnx.Sigmoid(s.Raw)
	}
	return s
}
