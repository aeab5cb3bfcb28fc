//go:build cgo

package reranker

import (
	"flag"
	"testing"

	"amalfa/inference"
	"amalfa/testdata/testmodels"
	"amalfa/testdata/testservice"
)

var update = flag.Bool("update", false, "write docs/http.md anew")

// TestRoutes asks what docs/http.md says of this service.
func TestRoutes(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Of(t, testmodels.Committed(t, "bert", "")), inference.Options{}))
	testmodels.Eventually(t, "the routes", func() bool { status, _ := s.Get(t, "/ready"); return status == 200 })
	p := page()
	p.URL, p.Model, p.Routes = s.URL, "", s.Server.Routes()
	p.Asks = []testservice.Ask{
		{Route: "GET /health", Says: `"service":"reranker"`},
		{Route: "GET /ready", Says: `"ready":true`},
		{Route: "GET /metrics", Says: "amalfa_requests_total"},
		{Route: "POST /rerank", Body: `{"query":"a","documents":["a","b"],"topK":1}`, Says: `"count":1`},
		{Route: "POST /rerank", Body: `{"query":"a","texts":["a","b"],"raw_scores":true}`, Says: `[{"index":`},
		{Route: "POST /rerank", Body: `{"query":"a","documents":["a","b"],"top_n":1.0,"return_documents":true}`, Says: `"object":"rerank"`},
		{Route: "GET /info", Says: `"reranker":`},
		{Route: "POST /v1/rerank", Body: `{"query":"a","documents":["a",{"text":"b"}],"top_n":1}`, Says: `"relevance_score":`},
		{Route: "POST /v2/rerank", Body: `{"query":"a","documents":["a","b"]}`, Says: `"version":"2"`},
		{Route: "POST /api/rerank", Body: `{"query":"a","documents":["a","b"],"budget_ms":5000}`, Says: `"relevance_score":`},
	}
	p.Document(t, *update)
}
