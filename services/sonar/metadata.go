package sonar

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"amalfa/llm"
	"amalfa/notes"
	"amalfa/services"
	"amalfa/store"
	"amalfa/tasks/consent"
	"amalfa/tasks/ember"
	"amalfa/tasks/work"
)

// Metadata bounds what the routes below /metadata do.
type Metadata struct {
	Off   bool          // nothing is described
	Limit time.Duration // of the model's part in one note; 0 for none
	Batch int           // notes of /metadata/batch that does not say how many; 0 for ten
	// Visible is a passage as a reader sees it; nil: as it is.
	Visible func(store.Chunk) string
}

// Enhanced is what POST /metadata/enhance says of a note. Nothing is written.
type Enhanced struct {
	Status string `json:"status"`
	ID     string `json:"id"`
	ember.Description
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

// An enhanceRequest names the note by one of its first two keys.
type enhanceRequest struct {
	DocID  string `json:"docId"`
	DocID2 string `json:"doc_id"`
	Model  string `json:"model"`
}

func (s *searching) enhance(w http.ResponseWriter, r *http.Request) {
	var in enhanceRequest
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		in.DocID = cmp.Or(in.DocID, in.DocID2)
		if err := checkQuery(in.DocID, in.Model); err != nil {
			return nil, badRequest("docId is the id of a note")
		}
		var out Enhanced
		err := s.describing(ctx, in.Model, func(d *describer) error {
			p, err := s.note(ctx, d.st, in.DocID, noteBytes)
			if err == nil {
				out, err = d.describe(ctx, p)
			}
			return err
		})
		return out, err
	})
}

type batchRequest struct {
	Limit *int   `json:"limit"`
	Model string `json:"model"`
}

// batch describes the notes that changed last.
func (s *searching) batch(w http.ResponseWriter, r *http.Request) {
	var in *batchRequest
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		if in == nil {
			return nil, badRequest("the body is null")
		}
		limit := cmp.Or(s.metadata.Batch, batchLimit)
		if in.Limit != nil {
			limit = *in.Limit
		}
		if limit < 1 || limit > maxBatch {
			return nil, badRequest("limit is a whole number from 1 to %d", maxBatch)
		}
		if err := checkQuery("-", in.Model); err != nil {
			return nil, err
		}
		out := EnhancedBatch{Status: "success", Results: []Enhanced{}}
		err := s.describing(ctx, in.Model, func(d *describer) (err error) {
			out.Results, err = d.newest(ctx, limit)
			return err
		})
		out.Count = len(out.Results)
		return out, err
	})
}

// A describer says what notes are about, for one request.
type describer struct {
	*searching
	st    store.Store
	words *ember.Describer
	asker llm.Asker
	model string
}

func (s *searching) describing(ctx context.Context, model string, do func(*describer) error) error {
	if s.metadata.Off {
		return &services.Error{Status: http.StatusForbidden, Kind: "disabled", Message: "sonar.tasks.metadata.enabled is false", Advice: `allow it with "amalfa config set --user sonar.tasks.metadata.enabled true"`}
	}
	return withIndex(ctx, s.open, func(st store.Store) error {
		asker, model, err := s.Asker(ctx, consent.ByHand, model)
		if err != nil {
			return err
		}
		visible := s.metadata.Visible
		if visible == nil {
			visible = func(c store.Chunk) string { return c.Text }
		}
		words, err := ember.NewDescriber(ctx, st, visible)
		if err != nil {
			return err
		}
		return do(&describer{s, st, words, asker, model})
	})
}

// describe has the model say what a note is about; without a usable answer in its time it is what the note's words say.
func (d *describer) describe(ctx context.Context, p consent.Passage) (out Enhanced, err error) {
	out = Enhanced{Status: "success", ID: p.ID, Degraded: []string{}}
	free, held := d.Release(d.model, []consent.Passage{p})
	if e := work.Quoted(free, noteBytes); len(e.Passages) > 0 {
		within, end := ctx, context.CancelFunc(func() {})
		if d.metadata.Limit > 0 {
			within, end = context.WithTimeout(ctx, d.metadata.Limit)
		}
		out.Description, _, err = ember.AskDescription(within, d.asker, d.model, e, d.count)
		late := within.Err() != nil && ctx.Err() == nil
		end()
		if late && err != nil {
			out.Degraded = append(out.Degraded, "model: it took longer than "+d.metadata.Limit.String())
		} else if out.Degraded, err = d.done(err); err != nil {
			return out, err
		}
	}
	if len(free) == 0 || len(out.Degraded) > 0 || out.Empty() {
		out.Description, err = d.words.Describe(ctx, p.ID)
	}
	out.Degraded = append(out.Degraded, sayHeld(held)...)
	if errors.Is(err, store.ErrNotFound) { // it was deleted meanwhile
		err = referenceError(err)
	}
	return out, err
}

func (d *describer) newest(ctx context.Context, limit int) ([]Enhanced, error) {
	all, err := d.st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(n store.Note) bool { return !notes.IsMarkdown(n.ID) })
	slices.SortStableFunc(all, func(a, b store.Note) int { return cmp.Compare(b.MTime, a.MTime) })
	out := []Enhanced{}
	for _, n := range all[:min(limit, len(all))] {
		p, err := d.note(ctx, d.st, n.ID, noteBytes)
		var one Enhanced
		if err == nil {
			one, err = d.describe(ctx, p)
		}
		if e, ok := errors.AsType[*services.Error](err); ok && e.Kind == "not_found" {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}
