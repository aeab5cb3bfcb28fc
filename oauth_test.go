package main

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"amalfa/testdata/oidc"
)

// TestOAuth has the protocol's own client get into the released program by the token of a real issuer, which it finds by itself: for a
// person who signs in, and for a program of its own. The program stands behind a reverse proxy, under the address that clients know.
func TestOAuth(t *testing.T) {
	f := oidc.Start(t)
	var at *url.URL // of the program
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at); r.SetXForwarded() }})
	t.Cleanup(front.Close)
	p := newPlace(t)
	p.run("config", "set", "--user", "mcp.auth.issuer", f.URL)
	p.run("config", "set", "--user", "mcp.auth.resource", front.URL+"/mcp")
	where, _ := p.serveHTTP()
	got, err := url.Parse(strings.TrimSuffix(where, "/mcp"))
	if err != nil {
		t.Fatal(err)
	}
	at = got
	for _, who := range []string{"person", "machine"} {
		tools, err := oidc.Ask(t, who, front.URL+"/mcp")
		if err != nil || !slices.Contains(tools, "search_documents") {
			t.Errorf("%s: %q, %v", who, tools, err)
		}
	}
	other := httptest.NewServer(front.Config.Handler) // another address than the tokens are for
	t.Cleanup(other.Close)
	if tools, err := oidc.Ask(t, "machine", other.URL+"/mcp"); err == nil {
		t.Errorf("under another address: %q", tools)
	}
}
