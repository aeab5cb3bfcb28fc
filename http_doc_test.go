package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"amalfa/app"
	"amalfa/registry"
)

// TestHTTPDocNamesPorts holds the headings of docs/http.md, which are written by hand, against the services.
func TestHTTPDocNamesPorts(t *testing.T) {
	data, err := os.ReadFile("docs/http.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	for _, s := range registry.Services() {
		if s.Port == 0 {
			continue
		}
		if !strings.Contains(doc, fmt.Sprintf("\n## %s, port %d\n", s.Name, s.Port)) {
			t.Errorf("docs/http.md has no part of %s at port %d", s.Name, s.Port)
		}
		holdAddress(t, doc, s.Name, fmt.Sprintf("127.0.0.1:%d", s.Port))
	}
	holdAddress(t, doc, "mcp", app.DefaultMCPAddress)
	if !strings.Contains(doc, "listens on "+app.DefaultMCPAddress) {
		t.Errorf("docs/http.md does not name %s", app.DefaultMCPAddress)
	}
}

// holdAddress checks that a service has an OpenAPI document for its address, and that docs/http.md leads there.
func holdAddress(t *testing.T, doc, service, address string) {
	t.Helper()
	if !strings.Contains(doc, "](openapi/"+service+".json)") {
		t.Errorf("docs/http.md does not lead to the OpenAPI document of %s", service)
	}
	data, err := os.ReadFile("docs/openapi/" + service + ".json")
	if err != nil || !strings.Contains(string(data), `"url": "http://`+address+`"`) {
		t.Errorf("the OpenAPI document of %s does not name %s (%v)", service, address, err)
	}
}

// TestHTTPDocCommand gives the released program the one command that docs/http.md writes out.
func TestHTTPDocCommand(t *testing.T) {
	data, err := os.ReadFile("docs/http.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile("`(curl -s localhost:3010/embed [^`]+)`").FindSubmatch(data)
	if command == nil {
		t.Fatal("docs/http.md writes no command out")
	}
	p := newPlace(t)
	started := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(p.run("vector", "start"))
	answer := p.outside(t, "sh", "-c", strings.ReplaceAll(string(command[1]), "localhost:3010", started))
	if !strings.Contains(string(answer), `{"vector":[`) {
		t.Errorf("%s: %s", command[1], answer)
	}
}
