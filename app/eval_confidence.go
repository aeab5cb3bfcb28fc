package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"amalfa/models"
	"amalfa/search"
	"amalfa/search/eval"
)

// Answerable is how well an answer's confidence tells questions that an index answers from those that it does not: the questions
// of its own collection from those of others. Where fields are related, some of the others are answered all the same.
type Answerable struct {
	AUROC    float64 `json:"auroc"`                // of the probabilities of both kinds
	Refused  float64 `json:"refusedAnswerable"`    // share of its own questions with confidence none
	Accepted float64 `json:"acceptedUnanswerable"` // share of the others with more

	By []AnswerableBy `json:"unanswerable"` // each of the other collections
}

// AnswerableBy is one other collection.
type AnswerableBy struct {
	Collection string  `json:"collection"`
	Queries    int     `json:"queries"`
	AUROC      float64 `json:"auroc"`
	Accepted   float64 `json:"acceptedUnanswerable"`
}

// answerable asks the questions of other collections too.
func (e *evaluation) answerable(ctx context.Context) (*Answerable, error) {
	own, refused, err := e.probabilities(ctx, e.collection)
	if err != nil {
		return nil, err
	}
	out := &Answerable{Refused: refused}
	var others []float64
	accepted := 0.0
	for _, dir := range e.Unanswerable {
		c, err := eval.Open(dir)
		if err != nil {
			return nil, err
		}
		p, none, err := e.probabilities(ctx, c)
		if err != nil {
			return nil, err
		}
		out.By = append(out.By, AnswerableBy{filepath.Base(dir), len(p), eval.AUROC(own, p), 1 - none})
		others, accepted = append(others, p...), accepted+float64(len(p))*(1-none)
	}
	out.AUROC, out.Accepted = eval.AUROC(own, others), accepted/float64(max(len(others), 1))
	return out, nil
}

// probabilities are those of the answers to a collection's questions; none is the share with confidence none.
func (e *evaluation) probabilities(ctx context.Context, c eval.Collection) (all []float64, none float64, err error) {
	for _, q := range c.Questions {
		ans, err := e.question(ctx, q, e.Mode, 1)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, ans.Probability)
		if ans.Confidence == search.None {
			none++
		}
	}
	return all, none / float64(max(len(all), 1)), nil
}

// Calibrate fits the table of confidences to collections that are asked each other's questions, for the model of the settings. What
// the fit does not concern stays as it is: other models, and for another model than the default the rest, too. The second result
// is how well the fit does over all of them.
func (w *Workspace) Calibrate(ctx context.Context, dirs []string, o EvalOptions) (table search.Calibrations, fit Answerable, err error) {
	if len(dirs) < 2 {
		return table, fit, &UsageError{"--calibrate takes two collections or more", "each is asked the questions of the others, which it does not answer"}
	}
	s := samples{}
	for i := range dirs {
		own := o
		if o.Work != "" {
			own.Work = filepath.Join(o.Work, strconv.Itoa(i))
		}
		if err := s.collect(ctx, w, dirs, i, own); err != nil {
			return table, fit, err
		}
	}
	table = search.KnownCalibrations()
	table.Models[s.model] = search.Fit(s.hybrid, true, true)
	if s.model == models.DefaultName {
		table.Unknown, table.Words = search.Fit(s.hybrid, false, true), search.Fit(s.words, false, false)
	}
	return table, s.fitted(table.Models[s.model]), nil
}

// fitted says how well a calibration tells the samples apart, over all collections; those of By are the ones asked.
func (s *samples) fitted(c search.Calibration) (out Answerable) {
	var own, others []float64
	by := map[string]*AnswerableBy{}
	refused := map[string]float64{}
	for _, sample := range s.hybrid {
		p := c.Probability(sample.Evidence)
		if by[sample.Index] == nil {
			by[sample.Index] = &AnswerableBy{Collection: filepath.Base(sample.Index)}
		}
		none := c.Confidence(p) == search.None
		switch {
		case !sample.Answerable():
			others = append(others, p)
			if !none {
				out.Accepted++
			}
		default:
			own = append(own, p)
			by[sample.Index].Queries++
			if none {
				out.Refused++
				refused[sample.Index]++
			}
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(by)) {
		by[dir].Accepted = 1 - refused[dir]/float64(max(by[dir].Queries, 1))
		out.By = append(out.By, *by[dir])
	}
	out.AUROC = eval.AUROC(own, others)
	out.Refused, out.Accepted = out.Refused/float64(max(len(own), 1)), out.Accepted/float64(max(len(others), 1))
	return out
}

// samples are the first passages of answers with vectors, and without.
type samples struct {
	hybrid, words []search.Sample
	model         string
}

// collect asks one collection the questions of all.
func (s *samples) collect(ctx context.Context, w *Workspace, dirs []string, at int, o EvalOptions) (err error) {
	own, err := eval.Open(dirs[at])
	if err != nil {
		return err
	}
	o.Mode = search.Hybrid
	e := &evaluation{EvalOptions: o, collection: own}
	defer func() { err = errors.Join(err, e.close()) }()
	if err := e.open(ctx, w); err != nil {
		return err
	}
	if err := e.index(ctx); err != nil {
		return err
	}
	active, err := e.store.ActiveModel(ctx)
	if err != nil {
		return err
	}
	s.model = active.Name
	for _, dir := range dirs {
		c, err := eval.Open(dir)
		if err != nil {
			return err
		}
		for _, q := range c.Questions {
			for mode, to := range map[string]*[]search.Sample{search.Hybrid: &s.hybrid, search.Keyword: &s.words} {
				ans, err := e.question(ctx, q, mode, 1)
				if err != nil {
					return err
				}
				if len(ans.Results) > 0 {
					*to = append(*to, search.Sample{Evidence: ans.Results[0].Why.Evidence, Index: dirs[at], Questions: dir})
				}
			}
		}
	}
	return nil
}

// question asks one question. One that cannot be asked has an empty answer.
func (e *evaluation) question(ctx context.Context, q eval.Question, mode string, limit int) (search.Answer, error) {
	ans, err := e.searcher.Search(ctx, search.Query{Text: q.Text, Plain: true, Mode: mode, Limit: limit, Rerank: e.rerank})
	if err != nil && !errors.Is(err, search.ErrQuery) {
		return ans, fmt.Errorf("question %s: %w", q.ID, err)
	}
	return ans, nil
}
