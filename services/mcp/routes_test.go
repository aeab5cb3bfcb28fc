package mcp

import (
	"context"
	"net"
	"testing"
	"time"

	"amalfa/services"
	"amalfa/testdata/testservice"
)

// TestRoutes asks what docs/http.md says of this service.
func TestRoutes(t *testing.T) {
	o := newVault(t).options()
	s := testservice.Start(t, "mcp", services.Options{}, func(ctx context.Context, srv *services.Server, l net.Listener) error {
		return ServeHTTP(ctx, srv, o, time.Second, l)
	})
	s.Get(t, "/health") // once it answers, all routes are there
	p := page()
	p.URL, p.Model, p.Routes = s.URL, "", s.Server.Routes()
	p.Asks = []testservice.Ask{
		{Route: "GET /health", Says: `"service":"mcp"`},
		{Route: "GET /ready", Says: `"ready":true`},
		{Route: "GET /metrics", Says: "amalfa_requests_total"},
		{Route: "POST " + Path, Body: listTools, Says: `"tools":[`},
	}
	p.Document(t, *update)
}
