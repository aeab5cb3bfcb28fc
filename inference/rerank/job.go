package rerank

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"amalfa/inference"
	"amalfa/onnx"
)

// A job scores one request: its documents, each different text once.
type job struct {
	*pairBuilder
	quarantine *inference.Quarantine
	texts      []string // the most promising first
	of         []int    // text of each document of the request
	documents  []document
	scores     [][]float64 // by text and pair
	judged     [][]bool
}

// score fills the scores of a.
func (e *Engine) score(ctx context.Context, l *loaded, r Request, until time.Time, a *Answer) error {
	p, err := l.pairBuilder(r)
	if err != nil {
		return err
	}
	j := newJob(p, r, a.Order)
	j.quarantine = e.o.Quarantine
	if until.IsZero() {
		err = j.scoreAll(ctx, e.queue)
	} else {
		err = j.scoreUntil(ctx, e.queue, until)
	}
	if err != nil {
		return err
	}
	for i, text := range j.of {
		a.Scores[i] = j.bestScore(text)
		if a.Scores[i].Judged {
			a.Judged++
		}
	}
	return nil
}

func newJob(p *pairBuilder, r Request, order []int) *job {
	j := &job{pairBuilder: p, of: make([]int, len(r.Documents))}
	known := map[string]int{}
	for _, i := range order {
		text, ok := known[r.Documents[i]]
		if !ok {
			text = len(j.texts)
			known[r.Documents[i]] = text
			j.texts = append(j.texts, r.Documents[i])
		}
		j.of[i] = text
	}
	n := len(j.texts)
	j.documents, j.scores, j.judged = make([]document, n), make([][]float64, n), make([][]bool, n)
	return j
}

// A pairIndex names one pair of one text.
type pairIndex struct{ text, pair int }

// scoreAll scores every pair, the longest first.
func (j *job) scoreAll(ctx context.Context, q *inference.Queue) error {
	var all []pairIndex
	for text := range j.texts {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := j.prepare(text); err != nil {
			return err
		}
		for pair := range j.documents[text].pairs {
			all = append(all, pairIndex{text, pair})
		}
	}
	length := func(i int) int { return len(j.at(all[i]).IDs) }
	return q.Do(ctx, &inference.Batch{
		Order: inference.LongestFirst(len(all), length),
		Run: func(i int) error {
			if err := j.run(all[i]); err != nil {
				return fmt.Errorf("document %d: %w", j.first(all[i].text), err)
			}
			return nil
		},
	})
}

// scoreUntil scores the texts in their order until the time is over: the first pair
// of each, then what long ones have besides. Tokenizing is part of the run.
func (j *job) scoreUntil(ctx context.Context, q *inference.Queue, until time.Time) error {
	err := q.Do(ctx, &inference.Batch{Order: inference.UpTo(len(j.texts)), Until: until, Run: func(text int) error {
		if err := j.prepare(text); err != nil {
			return err
		}
		return j.runUnless(pairIndex{text, 0})
	}})
	if err != nil {
		return err
	}
	var rest []pairIndex
	for text, d := range j.documents {
		for pair := 1; pair < len(d.pairs); pair++ {
			rest = append(rest, pairIndex{text, pair})
		}
	}
	return q.Do(ctx, &inference.Batch{Order: inference.UpTo(len(rest)), Until: until, Run: func(i int) error { return j.runUnless(rest[i]) }})
}

func (j *job) prepare(text int) error {
	d, err := j.build(j.texts[text])
	if err != nil {
		return fmt.Errorf("document %d: %w", j.first(text), err)
	}
	j.documents[text], j.scores[text], j.judged[text] = d, make([]float64, len(d.pairs)), make([]bool, len(d.pairs))
	return nil
}

// first is the index in the request of a text.
func (j *job) first(text int) int {
	for i, t := range j.of {
		if t == text {
			return i
		}
	}
	return -1
}

func (j *job) at(p pairIndex) onnx.Tokens { return j.documents[p.text].pairs[p.pair] }

// run scores one pair. A text that ends the process does so with any query: what is quarantined is a window of the document, whatever
// its size, which the query's length decides.
func (j *job) run(p pairIndex) error {
	key := inference.NewRunKey(j.model.Digest, append(slices.Clip(j.documents[p.text].ids), int64(p.pair)))
	return j.quarantine.Do(key, func() error {
		score, err := j.loaded.score(j.at(p))
		j.scores[p.text][p.pair], j.judged[p.text][p.pair] = score, err == nil
		return err
	})
}

// runUnless leaves a pair unjudged that is not to be read, as one is for which there was no time.
func (j *job) runUnless(p pairIndex) error {
	if err := j.run(p); !errors.Is(err, inference.ErrQuarantined) {
		return err
	}
	return nil
}

// bestScore is that of a text's pairs.
func (j *job) bestScore(text int) Score {
	d := j.documents[text]
	s := Score{Truncated: d.truncated}
	for i, judged := range j.judged[text] {
		if !judged {
			s.Truncated = true
			continue
		}
		s.Tokens += len(d.pairs[i].IDs)
		if s.Judged && j.scores[text][i] <= s.Raw {
			continue
		}
		s.Judged, s.Raw = true, j.scores[text][i]
		if d.parts != nil {
			s.Part = &d.parts[i]
		}
	}
	if s.Judged {
		s.Value = onnx.Sigmoid(s.Raw)
	}
	return s
}
