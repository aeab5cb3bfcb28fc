package testservice

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/services"
)

// An Ask is a request of docs/http.md.
type Ask struct {
	Route  string // the pattern that takes it
	Path   string // "" = the pattern's own
	Body   string // "" = none; MODEL stands for the model's name
	Status int    // 0 = 200
	Says   string // what the answer holds
}

// Model is the name that docs/http.md has where a test's model has another.
const Model = "BAAI/bge-small-en-v1.5"

// table writes what docs/http.md has of the service.
func (p Page) table(t testing.TB, update bool) {
	t.Helper()
	var table strings.Builder
	table.WriteString("| route | for clients of | a request | its answer |\n| --- | --- | --- | --- |\n")
	asked := map[string]bool{}
	for _, route := range p.Routes {
		for _, ask := range p.Asks {
			if ask.Route != route.Pattern {
				continue
			}
			asked[ask.Route] = true
			status := ask.send(t, p)
			fmt.Fprintf(&table, "| `%s` | %s | %s | %d |\n", strings.TrimSuffix(route.Pattern, "{$}"), route.Dialect, ask.cell(), status)
		}
		if !asked[route.Pattern] {
			t.Errorf("no request asks %s", route.Pattern)
		}
	}
	for _, ask := range p.Asks {
		if !asked[ask.Route] {
			t.Errorf("there is no route %s", ask.Route)
		}
	}
	compare(t, p.Service, table.String(), update)
}

func (a Ask) method() string { method, _, _ := strings.Cut(a.Route, " "); return method }

func (a Ask) path() string {
	if a.Path != "" {
		return a.Path
	}
	_, path, _ := strings.Cut(a.Route, " ")
	return strings.TrimSuffix(path, "{$}")
}

// cell is the request as a shell's user would begin to write it.
func (a Ask) cell() string {
	text := a.path()
	if a.Body != "" {
		text += " " + a.Body
	}
	return "`" + strings.ReplaceAll(strings.ReplaceAll(text, "MODEL", Model), "|", `\|`) + "`"
}

func (a Ask) send(t testing.TB, p Page) int {
	t.Helper()
	fill := strings.NewReplacer("MODEL", p.Model)
	request, err := http.NewRequestWithContext(t.Context(), a.method(), p.URL+fill.Replace(a.path()), strings.NewReader(fill.Replace(a.Body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	client := services.LoopbackClient()
	defer client.CloseIdleConnections()
	resp, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := readUntil(resp, a.Says)
	want := max(a.Status, 0)
	if want == 0 {
		want = http.StatusOK
	}
	if err != nil || resp.StatusCode != want || !strings.Contains(string(body), a.Says) {
		t.Errorf("%s %s: %d %.300s (%v), want %d with %q", a.method(), a.cell(), resp.StatusCode, body, err, want, a.Says)
	}
	p.holds(t, a, resp, body)
	return resp.StatusCode
}

// compare holds the table against the document.
func compare(t testing.TB, service, table string, update bool) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "http.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+service+" -->\n", "<!-- /"+service+" -->"
	head, rest, ok1 := strings.Cut(string(data), begin)
	old, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no part %q", path, service)
	}
	if old == table {
		return
	}
	if !update {
		t.Fatalf("%s is stale: go test ./services/%s -run TestRoutes -update", path, service)
	}
	if err := os.WriteFile(path, []byte(head+begin+table+end+tail), 0o600); err != nil {
		t.Fatal(err)
	}
}

// readUntil reads an answer, and an event stream, which does not end, only as far as what it should say.
func readUntil(resp *http.Response, says string) ([]byte, error) {
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		return io.ReadAll(resp.Body)
	}
	var body []byte
	piece := make([]byte, 4096)
	for !bytes.Contains(body, []byte(says)) {
		n, err := resp.Body.Read(piece)
		if body = append(body, piece[:n]...); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return body, err
		}
	}
	return body, nil
}
