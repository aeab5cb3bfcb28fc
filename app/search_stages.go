package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"amalfa/notes"
	"amalfa/search"
	"amalfa/tasks/consent"
	"amalfa/tasks/stages"
	"amalfa/tokenizer"
)

// SearchStages is what the language model had to say of one search.
type SearchStages struct {
	Model    string          `json:"model"`
	Analysis *SearchAnalysis `json:"analysis"` // null where the model did not say
	Ranked   int             `json:"ranked"`   // results that it judged
	Snippets int             `json:"snippets"` // results in which it looked for the words that answer
	TookMs   int64           `json:"tookMs"`

	Hits []HitStage `json:"-"` // of each result
}

// SearchAnalysis is what a question wants.
type SearchAnalysis struct {
	Intent    string            `json:"intent"`
	Entities  []string          `json:"entities"`
	Filters   map[string]string `json:"filters"`
	Level     string            `json:"technicalLevel"`
	Suggested []string          `json:"suggestedQueries"`
}

// HitStage is what the model said of one result.
type HitStage struct {
	Relevance *float64        // 0 to 1; nil where it did not judge
	Answer    *stages.Snippet // nil where it was not asked
}

// What the model is shown of a search.
const (
	stageRanked   = 20 // results that are judged
	stageSnippets = 3  // of those, the first whose answering words are sought
)

// think has the language model take part in a search, where the user's own settings say so and within their time. What it cannot do, or
// not in time, is told in Degraded, and the answer is what it was.
func (w *Workspace) think(ctx context.Context, found *Found) { w.thinkAs(ctx, found, true) }

// thinkForAgents has it rank what an agent gets and seek the words that answer, which become the snippets. What an agent's question
// wants the agent knows itself.
func (w *Workspace) thinkForAgents(ctx context.Context, found *search.Answer) {
	f := Found{Answer: *found}
	w.thinkAs(ctx, &f, false)
	if *found = f.Answer; f.Stages == nil {
		return
	}
	for i, told := range f.Stages.Hits {
		if told.Answer != nil {
			found.Results[i].Snippet, found.Results[i].Marks = notes.Clip(strings.Join(strings.Fields(told.Answer.Snippet), " "), maxAnswering), nil
		}
	}
}

func (w *Workspace) thinkAs(ctx context.Context, found *Found, analyze bool) {
	set := w.Settings.Sonar.Tasks
	if !set.Search || found.Listed || len(found.Results) == 0 {
		return
	}
	began := time.Now()
	ctx, end := context.WithTimeout(ctx, set.SearchTimeout)
	defer end()
	s := &SearchStages{Hits: make([]HitStage, len(found.Results))}
	found.Stages = s
	defer func() { s.TookMs = time.Since(began).Milliseconds() }()
	lost := func(stage string, err error) {
		if ctx.Err() != nil {
			err = errors.New("it took longer than " + set.SearchTimeout.String())
		}
		if err != nil {
			found.Degraded = append(found.Degraded, "the language model's "+stage+" was left out: "+err.Error())
		}
	}
	lm, err := w.LanguageModel()
	if err != nil {
		lost("part", err)
		return
	}
	defer lm.Close()
	m, err := lm.stages(ctx)
	if err != nil {
		lost("part", err)
		return
	}
	s.Model = m.Name
	var analysis stages.Analysis
	var analysisErr error
	var beside sync.WaitGroup
	if analyze {
		beside.Go(func() { analysis, analysisErr = m.Analyze(ctx, found.Query) })
	}
	judged, err := m.Judge(ctx, found.Query, "", passagesOf(found.Results[:min(stageRanked, len(found.Results))]))
	if err != nil {
		lost("ranking", err)
	} else {
		s.Ranked = len(judged)
		s.rank(found.Results, judged)
	}
	beside.Wait()
	switch {
	case analysisErr != nil:
		lost("analysis of the question", analysisErr)
	case analyze:
		s.Analysis = &SearchAnalysis{analysis.Intent, analysis.Entities, analysis.Filters, analysis.Level, analysis.Suggested}
	}
	if err := s.quote(ctx, m, found); err != nil {
		lost("answering words", err)
	}
}

// maxAnswering bounds the words of a passage that answer, in bytes, where they stand for its snippet.
const maxAnswering = 240

// stages is the model as searches ask it: unattended, so that another machine needs consent.
func (m *LanguageModel) stages(ctx context.Context) (stages.Model, error) {
	name := m.Config().Model
	if name == "" {
		listed, err := m.Models(ctx)
		if err != nil {
			return stages.Model{}, err
		}
		if name, err = m.ChooseModel(listed); err != nil {
			return stages.Model{}, err
		}
	}
	return stages.Model{Asker: m.For(consent.Unattended), Name: name, Count: tokenizer.Estimate, Release: m.Policy.Release}, m.Policy.Permit(consent.Unattended, name)
}

func passagesOf(hits []search.Hit) (out []consent.Passage) {
	for _, h := range hits {
		out = append(out, consent.Passage{ID: h.ID, Lines: h.Lines, Text: h.Text})
	}
	return out
}

// rank puts the results that were judged into the order of their relevance, among the places that they have: what the model was not shown
// stays where it was, and what lacks something of the question below what has it. The probability of a place stays that of the place.
func (s *SearchStages) rank(hits []search.Hit, judged []stages.Judgement) {
	for _, relaxed := range []bool{false, true} {
		var places []int
		var group []stages.Judgement
		for _, j := range judged {
			if hits[j.At].Relaxed == relaxed {
				places, group = append(places, j.At), append(group, j)
			}
		}
		slices.Sort(places)
		slices.SortFunc(group, func(a, b stages.Judgement) int {
			switch {
			case a.Relevance > b.Relevance:
				return -1
			case a.Relevance < b.Relevance:
				return 1
			}
			return a.At - b.At
		})
		before := slices.Clone(hits)
		for i, j := range group {
			at := places[i]
			hits[at] = before[j.At]
			hits[at].Score, hits[at].Confidence = before[at].Score, before[at].Confidence
			s.Hits[at].Relevance = &j.Relevance
		}
	}
}

// quote has the words sought that answer, in the first results. One that stays on this machine, or in which nothing is found, has none.
func (s *SearchStages) quote(ctx context.Context, m stages.Model, found *Found) error {
	n := min(stageSnippets, len(found.Results))
	errs := make([]error, n)
	var beside sync.WaitGroup
	for i, p := range passagesOf(found.Results[:n]) {
		beside.Go(func() {
			snippet, _, err := m.Extract(ctx, found.Query, p)
			switch {
			case err == nil:
				s.Hits[i].Answer = &snippet
			case !errors.Is(err, stages.ErrHeld):
				errs[i] = err
			}
		})
	}
	beside.Wait()
	for i := range n {
		if s.Hits[i].Answer != nil {
			s.Snippets++
		}
	}
	for _, err := range errs {
		if err != nil {
			return err // the first stands for all: one sentence tells it
		}
	}
	return nil
}
