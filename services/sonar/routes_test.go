package sonar

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/testdata/testservice"
)

var update = flag.Bool("update", false, "write docs/http.md anew")

// linked opens an index of two notes that are linked.
func linked(t *testing.T) func(context.Context) (store.Store, error) {
	path := filepath.Join(t.TempDir(), "amalfa.db")
	open := func(ctx context.Context) (store.Store, error) { return sqlite.Open(ctx, path, sqlite.Options{}) }
	st, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	put := func(id string, edges ...store.Edge) store.Put {
		return store.Put{Note: store.Note{ID: id, Hash: id}, Chunks: []store.Chunk{{Hash: id, Text: id}}, Edges: edges}
	}
	model := store.Model{Digest: "d", Name: "m", Dim: 2}
	b := store.Batch{Puts: []store.Put{put("a.md", store.Edge{Type: "LINKS_TO", Target: "b.md", Rule: notes.ByPath, Line: 1, Weight: 1}), put("b.md"), put("c.md")},
		Model: model, Vectors: map[string][]float32{"a.md": {1, 0}, "b.md": {0, 1}, "c.md": {0.8, 0.6}}}
	if err := errors.Join(st.Apply(t.Context(), b), st.SetActiveModel(t.Context(), model)); err != nil {
		t.Fatal(err)
	}
	return open
}

// TestGraph asks about the notes without a provider.
func TestGraph(t *testing.T) {
	d := start(t, Options{Config: newUpstream(t, saying("")).config(llm.Ollama), Search: tides, Index: linked(t), SuperNode: 50})
	for path, want := range map[string]string{
		"/graph/stats":                         `{"nodes":3,"edges":1,"density":0.1666`,
		"/graph/explore?id=a":                  `{"id":"a.md","depth":1,"links":[{"source":"a.md","target":"b.md","type":"LINKS_TO","depth":1,"resolved":true,"line":1,"sentence":""}],"nodes":1,"truncated":false}`,
		"/graph/explore?id=b&direction=out":    `"links":[]`,
		"/graph/explore?id=none":               `"kind":"not_found"`,
		"/graph/explore?id=a&depth=99":         `depth is a whole number from 1 to 20`,
		"/graph/explore?id=a&direction=up":     `direction is in, out or both`,
		"/graph/explore":                       `{"gaps":[{"source":"a.md","target":"c.md","kind":"similar","similarity":`,
		"/graph/explore?threshold=0.99":        `{"gaps":[],"total":0}`,
		"/graph/explore?threshold=NaN":         `threshold is a number from -1 to 1`,
		"/graph/explore?limit=0&threshold=0.1": `limit is a whole number from 1 to 1000`,
	} {
		if _, _, got := d.get(path); !strings.Contains(got, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// TestRoutes asks what docs/http.md says of this service.
func TestRoutes(t *testing.T) {
	u := newUpstream(t, saying("At the full moon."))
	d := start(t, Options{Config: u.config(llm.Ollama), Search: tides, Index: linked(t)})
	d.state("ready")
	p := page()
	p.URL, p.Model, p.Routes = d.url, "m", d.server.Routes()
	p.Asks = []testservice.Ask{
		{Route: "GET /health", Says: `"service":"sonar"`},
		{Route: "GET /ready", Says: `"ready":true`},
		{Route: "GET /metrics", Says: "amalfa_requests_total"},
		{Route: "POST /chat", Body: `{"message":"when are spring tides?"}`},
		{Route: "GET /chat/sessions", Says: `"sessions":[]`},
		{Route: "GET /chat/sessions/{id}", Path: "/chat/sessions/s1", Status: 404, Says: `"not_found"`},
		{Route: "DELETE /chat/sessions/{id}", Path: "/chat/sessions/s1", Status: 404, Says: `"not_found"`},
		{Route: "POST /ask", Body: `{"question":"when are spring tides?"}`, Says: `"supported":`},
		{Route: "GET /graph/stats", Says: `"density":`},
		{Route: "GET /graph/explore", Path: "/graph/explore?id=a.md&depth=2", Says: `"links":[{"source":"a.md","target":"b.md"`},
		{Route: "POST /search/analyze", Body: `{"query":"how do tides work?"}`, Says: `"entities":["how do tides work?"]`},
		{Route: "POST /search/rerank", Body: `{"query":"tides","results":[{"id":"a.md","content":"at noon","score":0.1}]}`, Says: `"relevance_score":0.5`},
		{Route: "POST /search/context", Body: `{"query":"tides","result":{"id":"a.md"}}`, Says: `"snippet":`},
		{Route: "POST /metadata/enhance", Body: `{"docId":"a.md"}`, Says: `"keywords":`},
		{Route: "POST /metadata/batch", Body: `{"limit":1}`, Says: `"count":1`},
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
	}
	p.Document(t, *update)
}

// TestGraphErrors names what is wrong with an index, and not always the same.
func TestGraphErrors(t *testing.T) {
	for kind, err := range map[string]error{
		"no_index": store.ErrNoIndex, "index_damaged": store.ErrCorrupt, "index_newer": store.ErrNewer, "index_busy": store.ErrBusy, "internal": errors.New("/secret/path"),
	} {
		d := start(t, Options{Config: newUpstream(t, saying("")).config(llm.Ollama), Index: func(context.Context) (store.Store, error) { return nil, fmt.Errorf("open: %w", err) }})
		for _, path := range []string{"/graph/explore", "/graph/explore?id=a.md", "/graph/stats"} {
			status, _, got := d.get(path)
			if !strings.Contains(got, `"kind":"`+kind+`"`) || strings.Contains(got, "secret") || status != 503 && kind != "internal" {
				t.Errorf("%s of %v: %d %s", path, err, status, got)
			}
		}
	}
}

// TestMetadataBounds has a model that says nothing end within its time, and what is switched off refused.
func TestMetadataBounds(t *testing.T) {
	u := newUpstream(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	d := start(t, Options{Config: u.config(llm.OpenAI), Index: linked(t), Metadata: Metadata{Limit: time.Second, Batch: 2}})
	d.state("ready")
	if status, _, got := d.post("/metadata/batch", "{}"); status != 200 || !strings.Contains(got, `"count":2`) || !strings.Contains(got, "it took longer than 1s") {
		t.Errorf("%d %s", status, got)
	}
	off := start(t, Options{Config: u.config(llm.OpenAI), Index: linked(t), Metadata: Metadata{Off: true}})
	if status, _, got := off.post("/metadata/enhance", `{"docId":"a.md"}`); status != 403 || !strings.Contains(got, `"kind":"disabled"`) {
		t.Errorf("%d %s", status, got)
	}
}
