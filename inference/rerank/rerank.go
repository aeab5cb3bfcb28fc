// Package rerank scores documents against a query in this process ([Engine]).
//
// Words: a pair is the query and one document, or one window of a long document, read together by the model; a run is one
// pair through the model, never together with another, so that no score depends on its neighbours; a document is judged once
// one of its pairs has a score.
package rerank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"amalfa/inference"
)

// Limits of one request (design.md, section 2).
const (
	MaxTextBytes  = 1 << 20 // of one document
	MaxQueryBytes = 8 << 10
	MaxDocuments  = 2048
)

// Errors that a caller acts on, beside those of every engine. An engine and the service's client return the same ones.
var (
	// ErrOtherModel reports a request for another model than the one served.
	ErrOtherModel = inference.NewSentinel("other_model", "another model is served here", `run "amalfa models pull NAME", name it in reranker.model and restart the reranker`)
	// ErrEmpty reports a query without any character, or no documents.
	ErrEmpty = inference.NewSentinel("empty_text", "empty", "send a query and at least one document")
	// ErrTooLong reports a pair of more tokens than the model takes, where cutting it was not wanted.
	ErrTooLong = inference.NewSentinel("too_long", "too many tokens", "let it be cut")
)

// Long says what happens to a document that does not fit behind the query.
type Long string

const (
	Windows Long = ""       // it is read in windows that overlap, and the best one counts
	Cut     Long = "cut"    // its end is cut off
	Refuse  Long = "refuse" // ErrTooLong
)

// Request is a query and what is to be ranked by it.
type Request struct {
	Query     string
	Documents []string
	Model     string // the name of the model wanted; "" = the one served
	// Budget is how long the answer may take, 0 for as long as it needs. When it
	// is over the run under way is finished and no other begins.
	Budget time.Duration
	// Order is the documents' indexes, the most promising first: with a budget they are scored in it, and those that were
	// not judged keep it. Nil is the order given; what it leaves out comes last.
	Order      []int
	Long       Long
	MaxWindows int  // of one document; 0 = as many as it has
	Left       bool // with Cut: the beginning is cut off, not the end
}

// Part is a stretch of a document in bytes, half-open.
type Part struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Score is what is known of one document.
type Score struct {
	Judged    bool
	Raw       float64 // the model's logit, unbounded; 0 when not judged
	Value     float64 // Raw by the logistic function, 0 to 1; 0 when not judged
	Part      *Part   // the window that scored best; nil when the document was read in one pair
	Tokens    int     // that the model read for it, query and special ones included
	Truncated bool    // some of its tokens, or of the query's, were not read
}

// Answer has a score for each document, in the order given.
type Answer struct {
	Scores []Score
	Judged int // how many documents have a score
	Model  Model
	Order  []int // all documents' indexes, the most promising first, as the request has it
}

// Model is what a caller has to know about the model that serves.
type Model struct {
	Name      string
	Digest    string // changes whenever scores would
	Precision string // "full", "fp16" or "int8"
	MaxTokens int    // of a pair, special ones included
}

// Reranker is what an [Engine] and the service's client have in common.
type Reranker interface {
	Score(ctx context.Context, r Request) (Answer, error)
}

var _ Reranker = (*Engine)(nil)

// Ranked returns the indexes of the documents, best first: those that were judged by their score, equal ones in the
// request's order, then the others in that order.
func (a Answer) Ranked() []int {
	ranked := slices.Clone(a.Order)
	slices.SortStableFunc(ranked, func(i, j int) int {
		x, y := a.Scores[i], a.Scores[j]
		switch {
		case x.Judged && y.Judged:
			return cmp.Compare(y.Raw, x.Raw)
		case x.Judged:
			return -1
		case y.Judged:
			return 1
		}
		return 0
	})
	return ranked
}

// NewAnswer judges nothing yet. The request must have passed its Check.
func NewAnswer(r Request) Answer {
	a := Answer{Scores: make([]Score, len(r.Documents)), Order: slices.Clone(r.Order)}
	listed := make([]bool, len(r.Documents))
	for _, i := range r.Order {
		listed[i] = true
	}
	for i := range r.Documents {
		if !listed[i] {
			a.Order = append(a.Order, i)
		}
	}
	return a
}

// Check holds a request against the limits before anything waits for it.
func (r Request) Check() error {
	switch {
	case r.Query == "":
		return fmt.Errorf("query: %w", ErrEmpty)
	case len(r.Query) > MaxQueryBytes:
		return fmt.Errorf("query: %w: %d bytes, at most %d", inference.ErrTooLarge, len(r.Query), MaxQueryBytes)
	case len(r.Documents) == 0:
		return fmt.Errorf("documents: %w", ErrEmpty)
	case len(r.Documents) > MaxDocuments:
		return fmt.Errorf("%w: %d documents, at most %d a request", inference.ErrTooLarge, len(r.Documents), MaxDocuments)
	case r.Long != Windows && r.Long != Cut && r.Long != Refuse:
		return fmt.Errorf("unknown way %q with long documents", r.Long)
	case r.Budget < 0 || r.MaxWindows < 0:
		return errors.New("a budget or number of windows below zero")
	}
	for i, text := range r.Documents {
		if len(text) > MaxTextBytes {
			return fmt.Errorf("document %d: %w: %d bytes, at most %d", i, inference.ErrTooLarge, len(text), MaxTextBytes)
		}
	}
	return r.checkOrder()
}

func (r Request) checkOrder() error {
	seen := make([]bool, len(r.Documents))
	for _, i := range r.Order {
		if i < 0 || i >= len(seen) || seen[i] {
			return fmt.Errorf("the order names document %d twice or of %d", i, len(seen))
		}
		seen[i] = true
	}
	return nil
}
