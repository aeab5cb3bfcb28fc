package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// sendRaw sends a request as it is written, follows nothing, and returns the answer without its body.
func sendRaw(t *testing.T, address, method, path, token string) *http.Response {
	t.Helper()
	body := ""
	if method == http.MethodPost {
		body = "{}"
	}
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true // the relay waits for its connections
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	_, _ = io.Copy(io.Discard, resp.Body) // the status is here
	resp.Body.Close()
	return resp
}

// strangers asks each route that a document tells of as another user of the machine, without the token and with one that is not it.
func (s documented) strangers(t *testing.T) {
	address := asNobody(t, s.address)
	if address == "" {
		t.Skip("only root on Linux can ask as another user")
	}
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(s.document(t), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Paths) == 0 {
		t.Fatal("the document has no paths")
	}
	for path, operations := range document.Paths {
		for method := range operations {
			method, path := strings.ToUpper(method), strings.NewReplacer("{", "", "}", "").Replace(path)
			for _, token := range []string{"", "wrong", s.token[:len(s.token)-1]} {
				want := http.StatusUnauthorized
				if path == "/health" {
					want = http.StatusOK
				}
				if resp := sendRaw(t, address, method, path, token); resp.StatusCode != want {
					t.Errorf("%s %s with the token %.5q: %d, want %d", method, path, token, resp.StatusCode, want)
				}
			}
		}
	}
	for _, path := range []string{"/ready", "/metrics"} {
		if resp := sendRaw(t, address, http.MethodGet, path, s.token); resp.StatusCode != http.StatusOK {
			t.Errorf("%s with the token: %d", path, resp.StatusCode)
		}
	}
}

// wrongWays asks the dashboard for what it does not have: 404, or 405 where the way is another, and never another address.
func (s documented) wrongWays(t *testing.T) {
	for _, path := range []string{
		"/nothing", "/index.html", "/favicon.ico", "//", "/./", "//example.com", "//example.com/%2e%2e", "/%2e%2e/", "/health/", "/ready/", "/metrics/",
		"/api", "/api/", "/api/nothing", "/api/health/", "/api//health", "/api/note", "/api/note/", "/api/note/nothing.md", "/api/note/../README.md",
		"/doc", "/doc/", "/doc/nothing.md", "/doc/notes", "/doc/notes/", "/doc/README.md/", "/doc//README.md", "/doc/./README.md", "/doc/notes/../README.md",
		"/doc/.amalfa/amalfa.db", "/doc/.amalfa/runtime/dashboard.pid", "/doc/.git/config", "/doc//etc/passwd", "/doc/../../../etc/passwd", "/doc/..%2fREADME.md",
		"/doc/%2e%2e/%2e%2e/etc/passwd", "/doc/%00", "/doc/README.md%00", "/doc/readme.md%20", "/assets", "/assets/", "/assets/nothing.css", "/assets/../page.css", "/assets/%2e%2e/page.css",
		"/services", "/services/", "/services/vector", "/services/vector/", "/?view=nothing",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			s.refuses(t, method, path, http.StatusNotFound)
		}
	}
	for _, way := range []struct {
		method, path string
		status       int
	}{
		{"POST", "/nothing", 404}, {"POST", "/services/nothing/start", 404}, {"POST", "/services/vector/explode", 404}, {"POST", "/services/vector/start/", 404},
		{"POST", "/services//start", 404}, {"POST", "/doc/", 405}, {"POST", "/", 405}, {"PUT", "/api/health", 405}, {"DELETE", "/doc/README.md", 405},
		{"GET", "/services/vector/start", 405}, {"GET", "/api/ask", 405}, {"POST", "/services/vector/stop", 403}, {"POST", "/api/ask", 403},
	} {
		s.refuses(t, way.method, way.path, way.status)
	}
}

func (s documented) refuses(t *testing.T, method, path string, status int) {
	t.Helper()
	resp := sendRaw(t, s.address, method, path, "")
	if resp.StatusCode != status || resp.Header.Get("Location") != "" {
		t.Errorf("%s %s: %d to %q, want %d", method, path, resp.StatusCode, resp.Header.Get("Location"), status)
	}
}
