package dashboard

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// apiPage is docs/openapi/dashboard.json: OpenAPI 3.1 of the routes that answer JSON and of the pages.
var apiPage = filepath.Join("..", "..", "docs", "openapi", "dashboard.json")

// A described route is what the page says of it besides its pattern.
type described struct {
	summary string
	query   []string // names of its parameters
	reply   string   // of components.schemas; "" for HTML or text
	refused []int    // statuses with an error besides those of every route
	asks    []string // paths that the test asks for
}

// routes are all but the three that every service has.
func describedRoutes() map[string]described {
	return map[string]described{
		"GET /{$}":                     {summary: "the page: search, and the views graph and health", query: []string{"q", "mode", "view", "part", "code"}, refused: []int{404}},
		"GET /doc/{id...}":             {summary: "a note of the index as a page", query: []string{"line", "part"}, refused: []int{404, 503}},
		"GET /assets/{name...}":        {summary: "what pages load", query: []string{"v"}, refused: []int{404}},
		"GET /api/search":              {summary: "an answer from the notes", query: []string{"q", "mode"}, reply: "SearchReply", refused: []int{400, 503}, asks: []string{"/api/search?q=moon", "/api/search?q=tag:sea", "/api/search?q=zzz"}},
		"GET /api/note/{id...}":        {summary: "a note as HTML, with what links to it", reply: "NoteReply", refused: []int{404, 503}, asks: []string{"/api/note/moon.md", "/api/note/tides.md"}},
		"GET /api/graph":               {summary: "all notes and links, laid out", reply: "GraphReply", refused: []int{503}, asks: []string{"/api/graph"}},
		"GET /api/gaps":                {summary: "pairs of notes that belong together without a link", reply: "GapsReply", refused: []int{503}, asks: []string{"/api/gaps"}},
		"GET /api/health":              {summary: "services, index, models and tasks", reply: "HealthReply", asks: []string{"/api/health"}},
		"GET /api/events":              {summary: "an event stream: the body of the health page as the event health, and again whenever it has changed", refused: []int{503}},
		"POST /api/ask":                {summary: "what the language model says of the notes, with citations; only a page of the dashboard may ask", reply: "AskReply", refused: []int{400, 404, 413, 415, 503}},
		"POST /services/{name}/{verb}": {summary: "start, stop or restart a service; only a page of the dashboard may", reply: "Acted", refused: []int{404, 409, 415, 503}},
	}
}

// ErrorReply is what a route answers that cannot do what was asked.
type ErrorReply struct {
	Error struct {
		Kind    string `json:"kind"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"error"`
}

func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	out := map[string]*jsonschema.Schema{}
	add := func(name string, s *jsonschema.Schema, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = s
	}
	s, err := jsonschema.For[SearchReply](nil)
	add("SearchReply", s, err)
	s, err = jsonschema.For[NoteReply](nil)
	add("NoteReply", s, err)
	s, err = jsonschema.For[GraphReply](nil)
	add("GraphReply", s, err)
	s, err = jsonschema.For[GapsReply](nil)
	add("GapsReply", s, err)
	s, err = jsonschema.For[HealthReply](nil)
	add("HealthReply", s, err)
	s, err = jsonschema.For[AskReply](nil)
	add("AskReply", s, err)
	s, err = jsonschema.For[Acted](nil)
	add("Acted", s, err)
	s, err = jsonschema.For[ErrorReply](nil)
	add("ErrorReply", s, err)
	return out
}

// operation is a route as OpenAPI writes it.
func (d described) operation(pattern string) map[string]any {
	method, path, _ := strings.Cut(pattern, " ")
	content := map[string]any{"text/html": map[string]any{"schema": map[string]any{"type": "string"}}}
	if path == "/api/events" {
		content = map[string]any{"text/event-stream": content["text/html"]}
	}
	if strings.HasPrefix(path, "/assets/") {
		content = map[string]any{"*/*": map[string]any{"schema": map[string]any{"type": "string"}}}
	}
	reference := func(name string) map[string]any {
		return map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + name}}}
	}
	faults := content
	if d.reply != "" {
		content, faults = reference(d.reply), reference("ErrorReply")
	}
	replies := map[string]any{"200": map[string]any{"description": "done", "content": content}}
	for _, status := range slices.Concat(d.refused, []int{401, 403, 429}) {
		replies[strconv.Itoa(status)] = map[string]any{"description": http.StatusText(status), "content": faults}
	}
	params := []any{}
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok && name != "$}" {
			name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
			params = append(params, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
		}
	}
	for _, name := range d.query {
		params = append(params, map[string]any{"name": name, "in": "query", "schema": map[string]any{"type": "string"}})
	}
	op := map[string]any{"summary": d.summary, "parameters": params, "responses": replies}
	if method == http.MethodPost {
		op["requestBody"] = map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"type": "object"}}}}
		op["parameters"] = append(params, map[string]any{"name": writeHeader, "in": "header", "required": true, "schema": map[string]any{"type": "string"}})
	}
	return op
}

// TestOpenAPI writes the page, finds it stale, and holds real answers against it.
func TestOpenAPI(t *testing.T) {
	d := newDesk(t, tides(), nil)
	d.get(t, "/")
	all, paths, described := schemas(t), map[string]map[string]any{}, describedRoutes()
	for _, route := range d.Server.Routes() {
		if slices.Contains([]string{"GET /health", "GET /ready", "GET /metrics"}, route.Pattern) {
			continue
		}
		about, ok := described[route.Pattern]
		if !ok {
			t.Errorf("%s is not described", route.Pattern)
			continue
		}
		delete(described, route.Pattern)
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = strings.NewReplacer("{$}", "", "...}", "}").Replace(path)
		paths[path] = map[string]any{strings.ToLower(method): about.operation(route.Pattern)}
		for _, ask := range about.asks {
			d.holds(t, ask, all[about.reply])
		}
	}
	for pattern := range maps.Keys(described) {
		t.Errorf("there is no route %s", pattern)
	}
	d.holds(t, "/api/note/none.md", all["ErrorReply"])
	d.holds(t, "/api/search?q=", all["ErrorReply"])
	page := map[string]any{"openapi": "3.1.0", "info": map[string]any{"title": "amalfa dashboard", "version": "1",
		"description": "Made by `go test ./services/dashboard -run TestOpenAPI -update`. A note's id stands in a path as it is, with its slashes."},
		"servers": []any{map[string]any{"url": "http://127.0.0.1:3013"}}, "paths": paths, "components": map[string]any{"schemas": all}}
	fresh, err := json.MarshalIndent(page, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	fresh = append(fresh, '\n')
	if *update {
		if err := os.WriteFile(apiPage, fresh, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(apiPage); err != nil || !bytes.Equal(have, fresh) {
		t.Errorf("%s is stale: go test ./services/dashboard -run TestOpenAPI -update (%v)", apiPage, err)
	}
}

// holds asks for JSON and holds it against a schema.
func (d *desk) holds(t *testing.T, path string, schema *jsonschema.Schema) {
	t.Helper()
	_, h, body := d.get(t, path)
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil || h.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %v", path, err)
	}
	if err := resolved.Validate(v); err != nil {
		t.Errorf("%s is not what the page says: %v", path, err)
	}
}
