//go:build cgo

package vector

import (
	"context"
	"flag"
	"net"
	"testing"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/testmodels"
	"amalfa/testdata/testservice"
)

var update = flag.Bool("update", false, "write docs/http.md anew")

// TestRoutes asks what docs/http.md says of this service.
func TestRoutes(t *testing.T) {
	e := newEngine(t, testmodels.Tiny(t), embed.EngineOptions{Options: inference.Options{Version: "v1"}})
	s := testservice.Start(t, "vector", services.Options{}, func(ctx context.Context, srv *services.Server, l net.Listener) error {
		ForwardRerank(srv, func(context.Context) (string, error) {
			return "", &services.Error{Status: 503, Kind: "no_reranker", Message: "the reranking service is not running"}
		})
		return Serve(ctx, srv, e, l)
	})
	testmodels.Eventually(t, "the routes", func() bool { status, _ := s.Get(t, "/ready"); return status == 200 })
	p := page()
	p.URL, p.Model, p.Routes = s.URL, "test/tiny", s.Server.Routes()
	p.Asks = []testservice.Ask{
		{Route: "GET /health", Says: `"service":"vector"`},
		{Route: "GET /ready", Says: `"ready":true`},
		{Route: "GET /metrics", Says: "amalfa_requests_total"},
		{Route: "POST /rerank", Body: `{"query":"a","documents":["b"]}`, Status: 503, Says: "no_reranker"},
		{Route: "POST /embed", Body: `{"text":"a b"}`, Says: `"vector":[`},
		{Route: "POST /embed", Body: `{"texts":["a","b"],"long":"chunk"}`, Says: `"vectors":[[`},
		{Route: "POST /embed", Body: `{"inputs":["a b"],"truncate":true}`, Says: `[[`},
		{Route: "GET /info", Says: `"model_id":"`},
		{Route: "POST /tokenize", Body: `{"inputs":"a b"}`, Says: `"special":true`},
		{Route: "POST /{$}", Body: `{"inputs":"a b"}`, Says: `[[`},
		{Route: "POST /{$}", Body: `{"inputs":{"source_sentence":"a","sentences":["b"]}}`, Says: `[`},
		{Route: "POST /similarity", Body: `{"inputs":{"source_sentence":"a","sentences":["b"]}}`, Says: `[`},
		{Route: "POST /embed_sparse", Body: `{"inputs":"a"}`, Status: 424, Says: "SPLADE"},
		{Route: "POST /embed_all", Body: `{"inputs":"a b"}`, Says: `[[[`},
		{Route: "POST /predict", Body: `{"inputs":"a"}`, Status: 424, Says: `"error_type":"Backend"`},
		{Route: "GET /ping"},
		{Route: "POST /embeddings", Body: `{"model":"MODEL","input":"a b"}`, Says: `"object":"list"`},
		{Route: "GET /models", Says: `"capabilities":["embed"]`},
		{Route: "POST /v1/embeddings", Body: `{"model":"MODEL","input":["a","b"],"encoding_format":"base64"}`, Says: `"object":"embedding"`},
		{Route: "GET /v1/models", Says: `"object":"model"`},
		{Route: "GET /v1/models/{name...}", Path: "/v1/models/MODEL", Says: `"object":"model"`},
		{Route: "POST /api/embed", Body: `{"model":"MODEL","input":["a","b"],"keep_alive":"5m"}`, Says: `"embeddings":[[`},
		{Route: "POST /api/embeddings", Body: `{"model":"MODEL","prompt":"a b"}`, Says: `"embedding":[`},
		{Route: "GET /{$}", Says: "Ollama is running"},
		{Route: "GET /api/version", Says: `"version":"0.`},
		{Route: "GET /api/tags", Says: `"models":[{`},
		{Route: "GET /api/ps", Says: `"expires_at":`},
		{Route: "POST /api/show", Body: `{"model":"MODEL"}`, Says: `"capabilities":["embedding"]`},
		{Route: "POST /api/generate", Body: `{"model":"MODEL","prompt":"a"}`, Status: 400, Says: "does not support generate"},
		{Route: "POST /api/chat", Body: `{"model":"MODEL","messages":[]}`, Status: 400, Says: "does not support chat"},
	}
	p.Document(t, *update)
}
