//go:build cgo

package reranker

import (
	"amalfa/services"
	ts "amalfa/testdata/testservice"

	"github.com/google/jsonschema-go/jsonschema"
)

type schemas = map[string]*jsonschema.Schema

// documents are what a question is held against.
func documents(one *jsonschema.Schema) *jsonschema.Schema {
	s := ts.ListOf(one)
	s.MinItems = new(1)
	return s
}

// takes is a body of a dialect, whose documents stand under a name.
func takes[T any](name string, more schemas) *jsonschema.Schema {
	s := ts.With(ts.Takes[T]("query", name), schemas{"query": ts.Text(1), name: documents(ts.Text(0)), "budget_ms": ts.OrNull(ts.Whole(0, int(maxBudget))), "prior_scores": ts.OrNull(ts.ListOf(&jsonschema.Schema{Type: "number"}))})
	return ts.With(s, more)
}

// page is what is written of this service's HTTP.
func page() ts.Page {
	top := func() *jsonschema.Schema { return ts.OrNull(ts.Number(1)) }
	own := takes[ownRequest]("documents", schemas{"topK": top()})
	infinity := takes[infinityRequest]("documents", schemas{"top_n": top()})
	infinity.Description = "What has one of the keys model, top_n, return_documents and raw_scores."
	tei := takes[teiRequest]("texts", schemas{"truncation_direction": ts.Word("Left", "left", "Right", "right")})
	cohere := ts.Operation{
		Summary: "how well documents answer a question",
		Takes: takes[cohereRequest]("documents", schemas{"documents": documents(ts.AnyOf(ts.Text(0), &jsonschema.Schema{Type: "object"})), "top_n": top(), "max_chunks_per_doc": top(),
			"rank_fields": ts.OrNull(ts.ListOf(ts.Text(0)))}),
		Gives: ts.Gives[cohereAnswer](), Refuses: []int{400, 404, 422},
	}
	return ts.Page{
		Service: "reranker", Port: "3011", About: "How well documents answer a question, in several dialects.",
		Faults: schemas{"text-embeddings-inference": ts.Gives[teiError](), "Cohere, Jina": ts.Gives[cohereError]()},
		Operations: map[string]ts.Operation{
			"POST /rerank": {Summary: "how well documents answer a question", Takes: ts.AnyOf(own, infinity, tei), Gives: ts.AnyOf(ts.Gives[ownAnswer](), ts.Gives[infinityAnswer](), ts.Gives[[]teiRank]()),
				Refuses: []int{400, 404, 422, 424}, Faults: ts.AnyOf(ts.Gives[services.ErrorBody](), ts.Gives[infinityError](), ts.Gives[teiError]())},
			"GET /info":        {Summary: "the model and the limits", Gives: ts.Gives[teiInfo]()},
			"POST /v1/rerank":  cohere,
			"POST /v2/rerank":  cohere,
			"POST /api/rerank": cohere,
		},
	}
}
