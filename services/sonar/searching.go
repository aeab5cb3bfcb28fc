package sonar

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"amalfa/llm"
	"amalfa/services"
	"amalfa/store"
	"amalfa/tasks/consent"
	"amalfa/tasks/stages"
)

const maxContent = 1 << 20 // of a text in a request, in bytes

// searching are the routes that help a search.
type searching struct {
	*Thinker
	open     func(context.Context) (store.Store, error)
	metadata Metadata
}

// An Analysis is POST /search/analyze.
type Analysis struct {
	stages.Analysis
	Degraded []string `json:"degraded"`
}

// An analyzeRequest is its body. Model overrides the usual one, here and in the bodies below.
type analyzeRequest struct {
	Query string `json:"query"`
	Model string `json:"model"`
}

func (s *searching) analyze(w http.ResponseWriter, r *http.Request) {
	var in analyzeRequest
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		if err := checkQuery(in.Query, in.Model); err != nil {
			return nil, err
		}
		m, err := s.model(ctx, in.Model)
		if err != nil {
			return nil, err
		}
		a, err := m.Analyze(ctx, in.Query)
		degraded, err := s.done(err)
		if len(degraded) > 0 {
			a = stages.Unanalyzed(in.Query)
		}
		return Analysis{a, degraded}, err
	})
}

// An Extract is POST /search/context.
type Extract struct {
	ID string `json:"id"`
	stages.Snippet
	Degraded []string `json:"degraded"`
}

// An extractRequest is its body. Without content it is the note's beginning.
type extractRequest struct {
	Result struct {
		ID      string `json:"id"`
		Content string `json:"content"`
	} `json:"result"`
	Query string `json:"query"`
	Model string `json:"model"`
}

// extract finds the words of a note's text that answer a question.
func (s *searching) extract(w http.ResponseWriter, r *http.Request) {
	var in extractRequest
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		if err := checkQuery(in.Query, in.Model); err != nil {
			return nil, err
		}
		if in.Result.ID == "" {
			return nil, badRequest("result.id is empty")
		}
		if len(in.Result.Content) > maxContent {
			return nil, tooLarge("result.content is larger than 1 MiB")
		}
		p, err := s.text(ctx, in.Result.ID, in.Result.Content)
		if err != nil {
			return nil, err
		}
		return s.snippet(ctx, p, in.Query, in.Model)
	})
}

// text is what of a note is looked at: what the client has of it, else its beginning. Where there is an index the note must be in it.
func (s *searching) text(ctx context.Context, id, content string) (p consent.Passage, err error) {
	if s.open == nil && content != "" {
		return consent.Passage{ID: id, Text: content}, nil
	}
	err = withIndex(ctx, s.open, func(st store.Store) error {
		p, err = s.note(ctx, st, id, stages.SnippetBytes)
		return err
	})
	if err == nil && content != "" {
		p.Text, p.Lines = content, [2]int{}
	}
	return p, err
}

func (s *searching) snippet(ctx context.Context, p consent.Passage, query, model string) (any, error) {
	m, err := s.model(ctx, model)
	if err != nil {
		return nil, err
	}
	found, held, err := m.Extract(ctx, query, p)
	out := Extract{ID: p.ID, Snippet: found, Degraded: []string{}}
	if errors.Is(err, stages.ErrHeld) {
		out.Degraded, out.Snippet = append(out.Degraded, sayHeld(held)...), stages.ByWords(p.Text, query)
		return out, nil
	}
	if out.Degraded, err = s.done(err); err != nil {
		return nil, err
	}
	if len(out.Degraded) > 0 {
		out.Degraded, out.Snippet = append(out.Degraded, sayHeld(held)...), stages.ByWords(p.Text, query)
	}
	return out, nil
}

// answerJSON reads a request and writes what answer makes of it.
func answerJSON(w http.ResponseWriter, r *http.Request, in any, answer func(context.Context) (any, error)) {
	if err := services.ReadJSON(r, in); err != nil {
		services.WriteError(w, err)
		return
	}
	out, err := answer(r.Context())
	if err != nil {
		services.WriteError(w, err)
		return
	}
	services.WriteJSON(w, http.StatusOK, out)
}

func checkQuery(query, model string) error {
	switch {
	case strings.TrimSpace(query) == "":
		return badRequest("query is empty")
	case len(query) > maxQueryText:
		return tooLarge("query is larger than 8 KiB")
	case model != "" && !llm.ValidModel(model):
		return badRequest("model is not the name of a model")
	}
	return nil
}

func tooLarge(text string) error {
	return &services.Error{Status: http.StatusRequestEntityTooLarge, Kind: "too_large", Message: text}
}
