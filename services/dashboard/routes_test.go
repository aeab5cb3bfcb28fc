package dashboard

import (
	"flag"
	"testing"

	"amalfa/testdata/testservice"
)

var update = flag.Bool("update", false, "write docs/http.md anew")

// TestRoutes asks what docs/http.md says of this service.
func TestRoutes(t *testing.T) {
	d := newDesk(t, tides(), nil)
	d.get(t, "/") // routes are there when it answers
	p := page()
	p.URL, p.Model, p.Routes = d.URL, "m", d.Server.Routes()
	p.Asks = []testservice.Ask{
		{Route: "GET /health", Says: `"service":"dashboard"`},
		{Route: "GET /ready", Says: `"ready":true`},
		{Route: "GET /metrics", Says: "amalfa_requests_total"},
		{Route: "GET /{$}", Path: "/?q=moon", Says: "<mark>moon</mark>"},
		{Route: "GET /doc/{id...}", Path: "/doc/moon.md?line=3", Says: "<h1"},
		{Route: "GET /assets/{name...}", Path: "/assets/page.css", Says: "{"},
		{Route: "GET /api/search", Path: "/api/search?q=moon&mode=keyword", Says: `"results":[{"id":"moon.md"`},
		{Route: "GET /api/note/{id...}", Path: "/api/note/moon.md", Says: `"linkers":[{"id":"`},
		{Route: "GET /api/graph", Says: `"ids":["moon.md"`},
		{Route: "GET /api/gaps", Says: `"gaps":[]`},
		{Route: "GET /api/health", Says: `"services":[`},
		{Route: "GET /api/events", Says: "event: health"},
		{Route: "POST /api/ask", Body: `{"question":"what makes the tides?"}`, Status: 403, Says: `"kind":"page"`},
		{Route: "POST /services/{name}/{verb}", Path: "/services/vector/restart", Body: "{}", Status: 403, Says: `"kind":"page"`},
	}
	p.Checks = []testservice.Ask{
		{Route: "GET /api/search", Path: "/api/search?q=tag:sea", Says: `"results":[{`},
		{Route: "GET /api/search", Path: "/api/search?q=zzz", Says: `"results":[]`},
		{Route: "GET /api/search", Path: "/api/search?q=", Status: 400},
		{Route: "GET /api/note/{id...}", Path: "/api/note/tides.md"},
		{Route: "GET /api/note/{id...}", Path: "/api/note/none.md", Status: 404},
		{Route: "GET /doc/{id...}", Path: "/doc/none.md", Status: 404},
	}
	p.Document(t, *update)
}
