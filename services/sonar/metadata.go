package sonar

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"amalfa/notes"
	"amalfa/services"
	"amalfa/store"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
	"amalfa/tasks/work"
)

// Enhanced is what POST /metadata/enhance says of a note. Nothing is written.
type Enhanced struct {
	Status string `json:"status"`
	ID     string `json:"id"`
	work.Enhancement
	Degraded []string `json:"degraded"`
}

// EnhancedBatch is POST /metadata/batch.
type EnhancedBatch struct {
	Status  string     `json:"status"`
	Count   int        `json:"count"`
	Results []Enhanced `json:"results"`
}

const (
	batchLimit = 10 // notes; the earlier system's
	maxBatch   = 100
	noteBytes  = 8 << 10 // of a note that the model is shown
)

func (s *searching) enhance(w http.ResponseWriter, r *http.Request) {
	var in struct {
		DocID  string `json:"docId"`
		DocID2 string `json:"doc_id"`
		Model  string `json:"model"`
	}
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		in.DocID = cmp.Or(in.DocID, in.DocID2)
		if err := checkQuery(in.DocID, in.Model); err != nil {
			return nil, badRequest("docId is the id of a note")
		}
		return s.withStore(ctx, func(st store.Store) (any, error) {
			p, err := s.note(ctx, st, in.DocID, noteBytes)
			if err != nil {
				return nil, err
			}
			return s.describe(ctx, p, in.Model)
		})
	})
}

func (s *searching) withStore(ctx context.Context, answer func(store.Store) (any, error)) (any, error) {
	if s.open == nil {
		return nil, noIndexError()
	}
	st, err := s.open(ctx)
	if err != nil {
		return nil, noIndexError()
	}
	defer st.Close()
	return answer(st)
}

// describe has the model say what a note says; without a usable answer it is what the note stresses.
func (s *searching) describe(ctx context.Context, p consent.Passage, model string) (Enhanced, error) {
	asker, model, err := s.Asker(ctx, consent.ByHand, model)
	if err != nil {
		return Enhanced{}, err
	}
	out := Enhanced{Status: "success", ID: p.ID, Degraded: []string{}}
	free, held := s.Release(model, []consent.Passage{p})
	e := work.Quoted(free, noteBytes)
	if len(e.Passages) > 0 {
		v, degraded, err := askFor(ctx, s.Thinker, "enhance", asker, model, prompts.Form{Evidence: e}, work.CheckEnhancement)
		if err != nil {
			return out, err
		}
		out.Enhancement, out.Degraded = v.Tidy(), degraded
	}
	if len(e.Passages) == 0 || len(out.Degraded) > 0 {
		out.Enhancement = work.Extract(p.Text)
	}
	out.Degraded = append(out.Degraded, sayHeld(held)...)
	return out, nil
}

// batch describes the notes that changed last.
func (s *searching) batch(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Limit *int
		Model string
	}
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		limit := batchLimit
		if in.Limit != nil {
			limit = *in.Limit
		}
		if limit < 1 || limit > maxBatch {
			return nil, badRequest("limit is a whole number from 1 to %d", maxBatch)
		}
		if err := checkQuery("-", in.Model); err != nil {
			return nil, err
		}
		return s.withStore(ctx, func(st store.Store) (any, error) { return s.describeSome(ctx, st, limit, in.Model) })
	})
}

func (s *searching) describeSome(ctx context.Context, st store.Store, limit int, model string) (any, error) {
	all, err := st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(n store.Note) bool { return !notes.IsMarkdown(n.ID) })
	slices.SortStableFunc(all, func(a, b store.Note) int { return cmp.Compare(b.MTime, a.MTime) })
	out := EnhancedBatch{Status: "success", Results: []Enhanced{}}
	for _, n := range all[:min(limit, len(all))] {
		p, err := s.note(ctx, st, n.ID, noteBytes)
		if e, ok := err.(*services.Error); ok && e.Status == http.StatusNotFound {
			continue // it was deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		one, err := s.describe(ctx, p, model)
		if err != nil {
			return nil, err
		}
		out.Results = append(out.Results, one)
	}
	out.Count = len(out.Results)
	return out, nil
}
