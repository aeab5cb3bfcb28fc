package testservice

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"amalfa/services"
)

// An Operation is what docs/openapi has of a route besides its pattern.
type Operation struct {
	Summary string
	Query   map[string]*jsonschema.Schema // parameters behind the question mark
	Must    map[string]*jsonschema.Schema // those that must be there
	Header  map[string]*jsonschema.Schema // headers that must be there
	Takes   *jsonschema.Schema            // the body; nil for none
	Gives   *jsonschema.Schema            // the body of 200 as JSON; nil for none
	Media   map[string]*jsonschema.Schema // what 200 may be instead, by media type
	Refuses []int                         // statuses with an error, besides those that every route has
	Faults  *jsonschema.Schema            // errors of this route, where they are not its dialect's
	Passes  bool                          // its answers come from elsewhere as they are
}

// A Page is what is written of a service's HTTP.
type Page struct {
	Service, About, Port string
	URL                  string // where the service answers
	Model                string // what MODEL in a request stands for
	Routes               []services.Route
	Asks                 []Ask
	Checks               []Ask                                    // answers that are held against the document and are not in docs/http.md
	Operations           map[string]Operation                     // by pattern, without those that every service has
	Faults               map[string]*jsonschema.Schema            // errors by dialect, where they are not ours
	FaultPages           map[string]map[string]*jsonschema.Schema // the same for dialects whose errors are no JSON
	Private              bool                                     // it wants to know who asks
}

// Document asks what asks say, checks that they are of all routes and that the answers have the shapes that operations say, and compares
// docs/http.md and docs/openapi with what is written of both; update writes them.
func (p Page) Document(t testing.TB, update bool) {
	t.Helper()
	p.table(t, update)
	if p.Operations == nil {
		return
	}
	for _, ask := range p.Checks {
		ask.send(t, p)
	}
	operations := maps.Clone(p.Operations)
	maps.Copy(operations, builtIn())
	paths := map[string]map[string]any{}
	w := writer{page: p, schemas: map[string]*jsonschema.Schema{}, t: t}
	for _, route := range p.Routes {
		op, ok := operations[route.Pattern]
		if !ok {
			t.Fatalf("no operation describes %s", route.Pattern)
		}
		delete(operations, route.Pattern)
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = strings.NewReplacer("{$}", "", "...}", "}").Replace(path)
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(method)] = w.operation(route, op)
	}
	for pattern := range operations {
		t.Errorf("there is no route %s", pattern)
	}
	document := map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{"title": "amalfa " + p.Service, "version": "1", "description": p.About +
			"\n\nMade by `go test ./services/" + p.Service + " -run TestRoutes -update`. Bodies are at most 32 MiB, texts 1 MiB, lists 2,048 items. What stands in place of a name with slashes in a path keeps them."},
		"servers":    []any{map[string]any{"url": "http://127.0.0.1:" + p.Port}},
		"paths":      paths,
		"components": map[string]any{"schemas": w.schemas},
	}
	if p.Private {
		document["components"].(map[string]any)["securitySchemes"] = map[string]any{"token": map[string]any{"type": "http", "scheme": "bearer",
			"description": "The token of the service's record. On Linux processes of the user who started the service need none."}}
	}
	compareDocument(t, p.Service, document, update)
}

func compareDocument(t testing.TB, service string, document any, update bool) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "openapi", service+".json")
	fresh, err := json.MarshalIndent(document, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	fresh = append(fresh, '\n')
	if update {
		if err := os.WriteFile(path, fresh, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, fresh) {
		t.Errorf("%s is stale: go test ./services/%s -run TestRoutes -update (%v)", path, service, err)
	}
}

// builtIn are the routes that every service has.
func builtIn() map[string]Operation {
	word, whole := Text(0), &jsonschema.Schema{Type: "integer"}
	health := &jsonschema.Schema{Title: "Health", Type: "object", Properties: map[string]*jsonschema.Schema{
		"status": word, "service": word, "instance": word, "version": word, "workspace": word, "state": word, "reason": word,
		"ready": {Type: "boolean"}, "pid": whole, "uptime_seconds": whole, "requests": whole, "latency_ms": {Type: "number"},
	}}
	health.Required = slices.Sorted(maps.Keys(health.Properties))
	ready := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{"ready": {Type: "boolean"}, "state": word}, Required: []string{"ready", "state"}}
	return map[string]Operation{
		"GET /health":  {Summary: "that the process lives, and how it is", Gives: health},
		"GET /ready":   {Summary: "whether it would do work now", Gives: ready, Refuses: []int{503}},
		"GET /metrics": {Summary: "numbers for Prometheus", Media: map[string]*jsonschema.Schema{"text/plain": word}},
	}
}

// A writer writes operations and keeps the schemas that have names.
type writer struct {
	t       testing.TB
	page    Page
	schemas map[string]*jsonschema.Schema
}

// reference is a schema as it stands in a document: by its name where it has one.
func (w writer) reference(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Title == "" {
		s = s.CloneSchemas()
		for i, of := range s.AnyOf {
			s.AnyOf[i] = w.reference(of)
		}
		if data := s.Properties["data"]; data != nil && data.ContentSchema != nil {
			data.ContentSchema = w.reference(data.ContentSchema)
		}
		return s
	}
	if have := w.schemas[s.Title]; have != nil && !reflect.DeepEqual(have, s) {
		w.t.Errorf("two schemas are called %s", s.Title)
	}
	w.schemas[s.Title] = s
	return &jsonschema.Schema{Ref: "#/components/schemas/" + s.Title}
}

func (w writer) operation(route services.Route, op Operation) map[string]any {
	out := map[string]any{"summary": op.Summary, "description": "For clients of: " + route.Dialect + ".", "parameters": w.parameters(route, op), "responses": w.responses(route, op)}
	if op.Takes != nil {
		examples := map[string]any{}
		for i, ask := range w.page.Asks {
			if ask.Route == route.Pattern && ask.Body != "" {
				examples[strconv.Itoa(i)] = map[string]any{"value": json.RawMessage(strings.ReplaceAll(ask.Body, "MODEL", Model))}
			}
		}
		out["requestBody"] = map[string]any{"required": !reflect.DeepEqual(op.Takes, Free()), "content": map[string]any{"application/json": map[string]any{"schema": w.reference(op.Takes), "examples": examples}}}
	}
	if w.page.Private && route.Pattern != "GET /health" {
		out["security"] = []any{map[string]any{"token": []string{}}}
	}
	return out
}

func (w writer) parameters(route services.Route, op Operation) []any {
	out := []any{}
	for _, part := range strings.Split(route.Pattern, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok && name != "$}" {
			name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
			out = append(out, map[string]any{"name": name, "in": "path", "required": true, "schema": Text(1)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(op.Query)) {
		out = append(out, map[string]any{"name": name, "in": "query", "schema": op.Query[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(op.Must)) {
		out = append(out, map[string]any{"name": name, "in": "query", "required": true, "schema": op.Must[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(op.Header)) {
		out = append(out, map[string]any{"name": name, "in": "header", "required": true, "schema": op.Header[name]})
	}
	return out
}

func (w writer) responses(route services.Route, op Operation) map[string]any {
	out := map[string]any{}
	content := func(media map[string]*jsonschema.Schema) map[string]any {
		written := map[string]any{}
		for kind, s := range media {
			written[kind] = map[string]any{"schema": w.reference(s)}
		}
		return written
	}
	if op.Passes {
		said := map[string]any{"*/*": map[string]any{"schema": Free()}}
		return map[string]any{"200": map[string]any{"description": "what comes from there", "content": said}, "default": map[string]any{"description": "what comes from there, or an error of this service", "content": said}}
	}
	for _, status := range w.page.statuses(route, op) {
		out[strconv.Itoa(status)] = map[string]any{"description": http.StatusText(status), "content": content(w.page.media(route, op, status))}
	}
	return out
}

// statuses are all that a route answers with.
func (p Page) statuses(route services.Route, op Operation) []int {
	all := append([]int{200, 403}, op.Refuses...)
	if op.Gives == nil && op.Media == nil && len(op.Refuses) > 0 && op.Takes != nil {
		all = all[1:] // it refuses everything
	}
	if _, always := builtIn()[route.Pattern]; !always {
		all = append(all, 429, 503)
	}
	if op.Takes != nil {
		all = append(all, 413, 415)
	}
	if p.Private && route.Pattern != "GET /health" {
		all = append(all, 401)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// media is what a route may answer with a status.
func (p Page) media(route services.Route, op Operation, status int) map[string]*jsonschema.Schema {
	if status == http.StatusOK {
		out := maps.Clone(op.Media)
		if op.Gives != nil {
			if out == nil {
				out = map[string]*jsonschema.Schema{}
			}
			out["application/json"] = op.Gives
		}
		return out
	}
	if status < http.StatusBadRequest { // nothing new, or taken
		return nil
	}
	if media := p.FaultPages[route.Dialect]; media != nil {
		return media
	}
	faults := op.Faults
	if faults == nil {
		faults = p.Faults[route.Dialect]
	}
	if faults == nil {
		faults = Gives[services.ErrorBody]()
	}
	return map[string]*jsonschema.Schema{"application/json": faults}
}

// holds checks that an answer is one that the document tells of.
func (p Page) holds(t testing.TB, ask Ask, resp *http.Response, body []byte) {
	t.Helper()
	if p.Operations == nil {
		return
	}
	op, ok := p.Operations[ask.Route]
	if !ok {
		op = builtIn()[ask.Route]
	}
	route := p.Routes[slices.IndexFunc(p.Routes, func(r services.Route) bool { return r.Pattern == ask.Route })]
	if op.Passes {
		return
	}
	if !slices.Contains(p.statuses(route, op), resp.StatusCode) {
		t.Errorf("%s: %d is not told of", ask.Route, resp.StatusCode)
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // "" where there is none
	media := p.media(route, op, resp.StatusCode)
	s, told := media[kind]
	if !told && media["*/*"] != nil {
		s, told = media["*/*"], true
	}
	if !told && (kind != "" || len(media) > 0) {
		t.Errorf("%s: %d as %q is not told of", ask.Route, resp.StatusCode, kind)
		return
	}
	if kind == "application/json" {
		validate(t, ask.Route+" answers", s, body)
	}
	if op.Takes != nil && resp.StatusCode == http.StatusOK {
		validate(t, ask.Route+" takes", op.Takes, []byte(ask.Body))
	}
}

func validate(t testing.TB, what string, s *jsonschema.Schema, data []byte) {
	t.Helper()
	resolved, err := s.CloneSchemas().Resolve(nil)
	var v any
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err == nil {
		err = resolved.Validate(v)
	}
	if err != nil {
		t.Errorf("%s what the document does not say: %v\n%.300s", what, err, data)
	}
}
