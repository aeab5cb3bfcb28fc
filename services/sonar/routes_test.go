package sonar

import (
	"flag"
	"testing"

	"amalfa/testdata/testservice"
)

var update = flag.Bool("update", false, "write docs/http.md anew")

// TestRoutes asks what docs/http.md says of this service.
func TestRoutes(t *testing.T) {
	u := newUpstream(t, saying("At the full moon."))
	d := start(t, Options{Config: u.config(Ollama), Search: tides})
	d.state("ready")
	testservice.Document(t, "sonar", d.url, "m", d.server.Routes(), []testservice.Ask{
		{Route: "GET /health", Says: `"service":"sonar"`},
		{Route: "GET /ready", Says: `"ready":true`},
		{Route: "GET /metrics", Says: "amalfa_requests_total"},
		{Route: "POST /chat", Body: `{"message":"when are spring tides?"}`},
		{Route: "GET /provider", Says: `"state":"ready"`},
		{Route: "POST /v1/chat/completions", Body: `{"messages":[{"role":"user","content":"hi"}]}`},
		{Route: "POST /v1/completions", Body: `{"prompt":"tides are"}`},
		{Route: "POST /v1/responses", Body: `{"input":"hi"}`},
		{Route: "POST /v1/embeddings", Body: `{"model":"nomic-embed-text","input":"hi"}`},
		{Route: "POST /v1/moderations", Body: `{"input":"hi"}`},
		{Route: "POST /v1/images/generations", Body: `{"model":"x","prompt":"a tide"}`},
		{Route: "POST /v1/audio/speech", Body: `{"model":"x","input":"hi","voice":"a"}`},
		{Route: "GET /v1/models/{model...}", Path: "/v1/models/org/model:free"},
		{Route: "GET /v1/models", Says: `"object":"list"`},
	}, *update)
}
